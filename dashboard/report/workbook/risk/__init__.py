"""The sheets of the checklist: answers, scores, risks, and the lists that follow from them."""
