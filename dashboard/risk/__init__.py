"""The risk checklist: questions, answers with evidence, numbers that answer, scores, verdict."""
