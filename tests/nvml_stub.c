/* nvml_stub.c - a stand-in libnvidia-ml.so.1 for tests on machines with no GPU.
 * Simulates N x H100 80GB: identity, memory, utilisation, power, energy counter, temperature,
 * clocks, throttle reasons, PCIe, ECC, processes. No NVIDIA header is needed or copied:
 * only the ABI that nvidia-ml-py (pynvml.py) uses through ctypes is declared here.
 *
 * Build:  gcc -O2 -Wall -shared -fPIC -Wl,-soname,libnvidia-ml.so.1 -o libnvidia-ml.so.1 nvml_stub.c -lm -lpthread
 *
 * Environment (read once at nvmlInit, again after nvmlShutdown+nvmlInit):
 *   NVML_STUB_GPUS=2            number of devices (0..16)
 *   NVML_STUB_NAME=...          device name            (default "NVIDIA H100 80GB HBM3")
 *   NVML_STUB_CC=9.0            compute capability     NVML_STUB_ARCH=9
 *   NVML_STUB_MEM_MIB=81559     total memory           NVML_STUB_TDP_W=700  NVML_STUB_IDLE_W=70
 *   NVML_STUB_LOAD=0.9          load 0..1, may be a list "0.9,0.1" (one per GPU)
 *   NVML_STUB_LOAD_FILE=path    text file with the same list; re-read on every query (change load at run time)
 *   NVML_STUB_TIME=real|manual  manual: time moves only with nvmlStubAdvanceMs(ms) -> deterministic tests
 *   NVML_STUB_ENERGY_STEP_MS=100  energy counter only moves in steps (as on real boards)
 *   NVML_STUB_ENERGY_RESET_MS=T   counter restarts from 0 at T ms (driver reload)
 *   NVML_STUB_THROTTLE=0x4      clocks event reasons to OR in while loaded
 *   NVML_STUB_UNSUPPORTED=f1,f2   these functions answer NVML_ERROR_NOT_SUPPORTED (3); prefix match with '*' at end
 *   NVML_STUB_NOPERM=f1,f2        ... NVML_ERROR_NO_PERMISSION (4)
 *   NVML_STUB_LOST_AFTER=N[:gpu]  after N device queries that GPU answers NVML_ERROR_GPU_IS_LOST (15); default gpu 0
 *   NVML_STUB_INIT_ERROR=9        nvmlInit fails with this code (9 driver not loaded, 18 lib/driver mismatch)
 *   NVML_STUB_FIELD_UNSUPPORTED=186,191  field ids answered with NOT_SUPPORTED inside nvmlDeviceGetFieldValues
 *   NVML_STUB_PROC_NA=1           usedGpuMemory = NOT_AVAILABLE (what a container or WDDM gives)
 *   NVML_STUB_SLOW_US=0           each call sleeps this long (to test sampler overhead)
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdint.h>
#include <math.h>
#include <time.h>
#include <unistd.h>
#include <pthread.h>

typedef int ret_t;
enum { OK=0, E_UNINIT=1, E_ARG=2, E_NOTSUP=3, E_NOPERM=4, E_NOTFOUND=6, E_SIZE=7, E_DRIVER=9, E_LOST=15, E_MISMATCH=18, E_NODATA=21, E_UNKNOWN=999 };
#define MAXGPU 16
#define API __attribute__((visibility("default")))

typedef struct { int idx; double load, energy_mj, true_mj, pub_energy_mj; double temp; long calls; int lost; double pub_t; double thr_ns[16]; } gpu_t;
static gpu_t G[MAXGPU];
static int ng, inited, manual, proc_na, throttle, slow_us, lost_gpu, lost_after, arch, ccM, ccm, resetted;
static double t_last, t_manual, t_start, tdp, idle, estep, ereset;
static unsigned long long memtotal;
static char name[96], unsup[2048], noperm[2048], funsup[512], loadfile[512];
static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;

static const char *env(const char *k, const char *d){ const char *v=getenv(k); return (v&&*v)?v:d; }
static double real_ms(void){ struct timespec t; clock_gettime(CLOCK_MONOTONIC,&t); return t.tv_sec*1e3+t.tv_nsec/1e6; }
static double now_ms(void){ return manual ? t_manual : real_ms()-t_start; }
static void parse_load(const char *s){ double last=0.9; for(int i=0;i<ng;i++){ if(s&&*s){ char *e; double v=strtod(s,&e); if(e!=s){ last=v; s=(*e==','||*e==' '||*e=='\n')?e+1:e; } } G[i].load=last<0?0:last>1?1:last; } }
static double watts(gpu_t *g){ return idle+(tdp-idle)*g->load; }
static int thr(gpu_t *g){ int t=g->load<0.01?0x1:0; if(g->load>0.5) t|=throttle; return t; }
static void reload(void){ if(!loadfile[0]) return; FILE *f=fopen(loadfile,"r"); if(!f) return; char b[256]; size_t n=fread(b,1,255,f); b[n]=0; fclose(f); parse_load(b); }
/* integrate power over time into the energy counters; called under the lock before every query */
static void tick(void){
  double t=now_ms(), dt=t-t_last; if(dt<0) dt=0; t_last=t;
  for(int i=0;i<ng;i++){ gpu_t *g=&G[i]; g->energy_mj+=watts(g)*dt; g->true_mj+=watts(g)*dt; /* W*ms = mJ */
    for(int b=0,m=thr(g);b<16;b++) if(m>>b&1) g->thr_ns[b]+=dt*1e6;   /* accrued throttle time per reason */
    double target=32+43*g->load; g->temp+=(target-g->temp)*(1-exp(-dt/8000.0));
    if(ereset>0 && t>=ereset && !resetted) g->energy_mj=0;
    if(estep<=0||t-g->pub_t>=estep||g->energy_mj<g->pub_energy_mj){ g->pub_energy_mj=g->energy_mj; g->pub_t=t; } }
  if(ereset>0 && t>=ereset) resetted=1;
  reload();
}
static int listed(const char *list,const char *fn){ const char *p=list; size_t n=strlen(fn);
  while(*p){ const char *e=strchr(p,','); size_t k=e?(size_t)(e-p):strlen(p);
    if(k&&p[k-1]=='*'){ if(!strncmp(p,fn,k-1)) return 1; } else if(k==n&&!strncmp(p,fn,n)) return 1;
    if(!e) break;
    p=e+1; } return 0; }
static int numlisted(const char *list,unsigned id){ char b[16]; snprintf(b,16,"%u",id); return listed(list,b); }

API ret_t nvmlInitWithFlags(unsigned f){ (void)f; int e=atoi(env("NVML_STUB_INIT_ERROR","0")); if(e) return e;
  pthread_mutex_lock(&mu);
  if(inited++==0){ memset(G,0,sizeof G); ng=atoi(env("NVML_STUB_GPUS","2")); if(ng>MAXGPU) ng=MAXGPU; if(ng<0) ng=0;
    snprintf(name,sizeof name,"%s",env("NVML_STUB_NAME","NVIDIA H100 80GB HBM3"));
    ccM=9;ccm=0; sscanf(env("NVML_STUB_CC","9.0"),"%d.%d",&ccM,&ccm); arch=atoi(env("NVML_STUB_ARCH","9"));
    memtotal=strtoull(env("NVML_STUB_MEM_MIB","81559"),0,10)<<20; tdp=atof(env("NVML_STUB_TDP_W","700")); idle=atof(env("NVML_STUB_IDLE_W","70"));
    manual=!strcmp(env("NVML_STUB_TIME","real"),"manual"); estep=atof(env("NVML_STUB_ENERGY_STEP_MS","100")); ereset=atof(env("NVML_STUB_ENERGY_RESET_MS","0")); resetted=0;
    throttle=(int)strtol(env("NVML_STUB_THROTTLE","0"),0,0); proc_na=atoi(env("NVML_STUB_PROC_NA","0")); slow_us=atoi(env("NVML_STUB_SLOW_US","0"));
    snprintf(unsup,sizeof unsup,"%s",env("NVML_STUB_UNSUPPORTED","")); snprintf(noperm,sizeof noperm,"%s",env("NVML_STUB_NOPERM","")); snprintf(funsup,sizeof funsup,"%s",env("NVML_STUB_FIELD_UNSUPPORTED","")); snprintf(loadfile,sizeof loadfile,"%s",env("NVML_STUB_LOAD_FILE",""));
    lost_after=0; lost_gpu=0; sscanf(env("NVML_STUB_LOST_AFTER","0"),"%d:%d",&lost_after,&lost_gpu);
    t_start=real_ms(); t_manual=0; t_last=0; parse_load(env("NVML_STUB_LOAD","0.9"));
    for(int i=0;i<ng;i++){ G[i].idx=i; G[i].temp=32; G[i].energy_mj=G[i].pub_energy_mj=1e9*(i+1); G[i].pub_t=0; } reload(); }
  pthread_mutex_unlock(&mu); return OK; }
API ret_t nvmlInit_v2(void){ return nvmlInitWithFlags(0); }
API ret_t nvmlInit(void){ return nvmlInitWithFlags(0); }
API ret_t nvmlShutdown(void){ if(!inited) return E_UNINIT; inited--; return OK; }
/* test controls, not part of NVML */
API void nvmlStubAdvanceMs(double ms){ pthread_mutex_lock(&mu); t_manual+=ms; tick(); pthread_mutex_unlock(&mu); }
API void nvmlStubSetLoad(int gpu,double l){ pthread_mutex_lock(&mu); tick(); if(gpu>=0&&gpu<ng) G[gpu].load=l; pthread_mutex_unlock(&mu); }
API long nvmlStubCalls(int gpu){ return gpu>=0&&gpu<ng?G[gpu].calls:-1; }
API int nvmlStubIsStub(void){ return 1; }
/* the energy taken so far, whatever the counter shows, and without making it step */
API double nvmlStubTrueMj(int gpu){ pthread_mutex_lock(&mu); double e=G[gpu].true_mj+watts(&G[gpu])*(now_ms()-t_last); pthread_mutex_unlock(&mu); return e; }

API const char *nvmlErrorString(ret_t r){ switch(r){ case OK: return "Success"; case E_UNINIT: return "Uninitialized"; case E_ARG: return "Invalid Argument"; case E_NOTSUP: return "Not Supported"; case E_NOPERM: return "Insufficient Permissions"; case E_NOTFOUND: return "Not Found"; case E_SIZE: return "Insufficient Size"; case E_DRIVER: return "Driver Not Loaded"; case E_LOST: return "GPU is lost"; case E_MISMATCH: return "Driver/library version mismatch"; case E_NODATA: return "No data"; default: return "Unknown Error"; } }
static ret_t sys(const char *fn){ if(slow_us) usleep(slow_us); if(!inited) return E_UNINIT; if(listed(unsup,fn)) return E_NOTSUP; if(listed(noperm,fn)) return E_NOPERM; return OK; }
static ret_t dev(const char *fn,void *h,gpu_t **o){ ret_t r=sys(fn); if(r&&r!=E_NOTSUP&&r!=E_NOPERM) return r; gpu_t *g=(gpu_t*)h; if(g<G||g>=G+ng) return E_ARG;
  g->calls++; if(lost_after>0&&g->idx==lost_gpu&&g->calls>lost_after) g->lost=1; if(g->lost) return E_LOST; if(r) return r; *o=g; return OK; }
#define SYS ret_t _r=sys(__func__); if(_r) return _r;
#define DEV gpu_t *g; pthread_mutex_lock(&mu); tick(); ret_t _r=dev(__func__,h,&g); pthread_mutex_unlock(&mu); if(_r) return _r;
static ret_t str(char *o,unsigned n,const char *s){ if(strlen(s)+1>n) return E_SIZE; strcpy(o,s); return OK; }

API ret_t nvmlSystemGetDriverVersion(char *o,unsigned n){ SYS return str(o,n,"580.65.06"); }
API ret_t nvmlSystemGetNVMLVersion(char *o,unsigned n){ SYS return str(o,n,"13.580.65.06"); }
API ret_t nvmlSystemGetCudaDriverVersion(int *v){ SYS *v=13000; return OK; }
API ret_t nvmlSystemGetCudaDriverVersion_v2(int *v){ SYS *v=13000; return OK; }
API ret_t nvmlSystemGetProcessName(unsigned pid,char *o,unsigned n){ SYS char p[64],b[256]={0}; snprintf(p,64,"/proc/%u/comm",pid); FILE *f=fopen(p,"r"); if(!f) return E_NOTFOUND; if(!fgets(b,255,f)) b[0]=0; fclose(f); b[strcspn(b,"\n")]=0; return str(o,n,b); }
API ret_t nvmlDeviceGetCount_v2(unsigned *n){ SYS *n=ng; return OK; }
API ret_t nvmlDeviceGetCount(unsigned *n){ SYS *n=ng; return OK; }
API ret_t nvmlDeviceGetHandleByIndex_v2(unsigned i,void **h){ SYS if((int)i>=ng) return E_ARG; *h=&G[i]; return OK; }
static void uuid(int i,char *b){ sprintf(b,"GPU-5tub0000-0000-4000-8000-%012d",i); b[5]='a'; b[6]='b'; b[7]='c'; }
static void bus(int i,char *b,int legacy){ sprintf(b,legacy?"%04X:%02X:00.0":"%08X:%02X:00.0",0,0x19+0x22*i); }
API ret_t nvmlDeviceGetHandleByUUID(const char *u,void **h){ SYS char b[96]; for(int i=0;i<ng;i++){ uuid(i,b); if(!strcmp(b,u)){ *h=&G[i]; return OK; } } return E_NOTFOUND; }
API ret_t nvmlDeviceGetHandleByPciBusId_v2(const char *u,void **h){ SYS char b[40],l[40]; for(int i=0;i<ng;i++){ bus(i,b,0); bus(i,l,1); if(!strcasecmp(b,u)||!strcasecmp(l,u)){ *h=&G[i]; return OK; } } return E_NOTFOUND; }
API ret_t nvmlDeviceGetName(void *h,char *o,unsigned n){ DEV return str(o,n,name); }
API ret_t nvmlDeviceGetUUID(void *h,char *o,unsigned n){ DEV char b[96]; uuid(g->idx,b); return str(o,n,b); }
API ret_t nvmlDeviceGetSerial(void *h,char *o,unsigned n){ DEV char b[32]; sprintf(b,"165422300%04d",g->idx); return str(o,n,b); }
API ret_t nvmlDeviceGetIndex(void *h,unsigned *v){ DEV *v=g->idx; return OK; }
API ret_t nvmlDeviceGetMinorNumber(void *h,unsigned *v){ DEV *v=g->idx; return OK; }
API ret_t nvmlDeviceGetBrand(void *h,unsigned *v){ DEV *v=2; return OK; }
API ret_t nvmlDeviceGetArchitecture(void *h,unsigned *v){ DEV *v=arch; return OK; }
API ret_t nvmlDeviceGetCudaComputeCapability(void *h,int *a,int *b){ DEV *a=ccM; *b=ccm; return OK; }
API ret_t nvmlDeviceGetNumGpuCores(void *h,unsigned *v){ DEV *v=16896; return OK; }
API ret_t nvmlDeviceGetMemoryBusWidth(void *h,unsigned *v){ DEV *v=5120; return OK; }
typedef struct { char legacy[16]; unsigned domain,bus,device,devid,subsys; char id[32]; } pci_t;
API ret_t nvmlDeviceGetPciInfo_v3(void *h,pci_t *p){ DEV memset(p,0,sizeof *p); bus(g->idx,p->id,0); bus(g->idx,p->legacy,1); p->bus=0x19+0x22*g->idx; p->devid=0x233010DE; p->subsys=0x16C110DE; return OK; }
typedef struct { unsigned long long total,free,used; } mem_t;
typedef struct { unsigned version; unsigned long long total,reserved,free,used; } mem2_t;
static unsigned long long usedmem(gpu_t *g){ return (unsigned long long)(memtotal*(0.01+0.6*g->load)); }
#define RESERVED (551ull<<20)
API ret_t nvmlDeviceGetMemoryInfo(void *h,mem_t *m){ DEV m->total=memtotal; m->used=usedmem(g)+RESERVED; m->free=memtotal-m->used; return OK; }
API ret_t nvmlDeviceGetMemoryInfo_v2(void *h,mem2_t *m){ DEV if(m->version!=0x02000028u) return 25; m->total=memtotal; m->reserved=RESERVED; m->used=usedmem(g); m->free=memtotal-m->used-m->reserved; return OK; }
API ret_t nvmlDeviceGetBAR1MemoryInfo(void *h,mem_t *m){ DEV m->total=131072ull<<20; m->used=2ull<<20; m->free=m->total-m->used; return OK; }
API ret_t nvmlDeviceGetUtilizationRates(void *h,unsigned *u){ DEV u[0]=(unsigned)lround(100*g->load); u[1]=(unsigned)lround(55*g->load); return OK; }
API ret_t nvmlDeviceGetEncoderUtilization(void *h,unsigned *u,unsigned *p){ DEV *u=0; *p=20000; return OK; }
API ret_t nvmlDeviceGetDecoderUtilization(void *h,unsigned *u,unsigned *p){ DEV *u=0; *p=20000; return OK; }
API ret_t nvmlDeviceGetPowerUsage(void *h,unsigned *mw){ DEV *mw=(unsigned)lround(1000*watts(g)); return OK; }
API ret_t nvmlDeviceGetEnforcedPowerLimit(void *h,unsigned *mw){ DEV *mw=(unsigned)(1000*tdp); return OK; }
API ret_t nvmlDeviceGetPowerManagementLimit(void *h,unsigned *mw){ DEV *mw=(unsigned)(1000*tdp); return OK; }
API ret_t nvmlDeviceGetPowerManagementDefaultLimit(void *h,unsigned *mw){ DEV *mw=(unsigned)(1000*tdp); return OK; }
API ret_t nvmlDeviceGetPowerManagementLimitConstraints(void *h,unsigned *a,unsigned *b){ DEV *a=200000; *b=(unsigned)(1000*tdp); return OK; }
API ret_t nvmlDeviceGetTotalEnergyConsumption(void *h,unsigned long long *mj){ DEV *mj=(unsigned long long)g->pub_energy_mj; return OK; }
API ret_t nvmlDeviceGetTemperature(void *h,int s,unsigned *v){ DEV if(s!=0) return E_ARG; *v=(unsigned)lround(g->temp); return OK; }
typedef struct { unsigned version; int sensor; int temp; } tempv_t;
API ret_t nvmlDeviceGetTemperatureV(void *h,tempv_t *t){ DEV if(t->version!=0x100000Cu) return 25; t->temp=(int)lround(g->temp); return OK; }
API ret_t nvmlDeviceGetTemperatureThreshold(void *h,int w,unsigned *v){ DEV *v=w==0?92:w==1?89:w==3?87:95; return OK; }
API ret_t nvmlDeviceGetFanSpeed(void *h,unsigned *v){ (void)v; DEV return E_NOTSUP; }
API ret_t nvmlDeviceGetPerformanceState(void *h,int *p){ DEV *p=0; return OK; }
static unsigned clk(gpu_t *g,int t){ if(t==2) return 2619; unsigned c=g->load<0.01?345:1980; if(thr(g)&~1) c=1410; return t==3?c*9/10:c; }
API ret_t nvmlDeviceGetClockInfo(void *h,int t,unsigned *v){ DEV *v=clk(g,t); return OK; }
API ret_t nvmlDeviceGetMaxClockInfo(void *h,int t,unsigned *v){ DEV *v=t==2?2619:1980; return OK; }
API ret_t nvmlDeviceGetApplicationsClock(void *h,int t,unsigned *v){ DEV *v=t==2?2619:1980; return OK; }
API ret_t nvmlDeviceGetCurrentClocksEventReasons(void *h,unsigned long long *v){ DEV *v=thr(g); return OK; }
API ret_t nvmlDeviceGetCurrentClocksThrottleReasons(void *h,unsigned long long *v){ DEV *v=thr(g); return OK; }
typedef struct { unsigned long long ref, viol; } viol_t;
API ret_t nvmlDeviceGetViolationStatus(void *h,int p,viol_t *v){ DEV v->ref=(unsigned long long)(now_ms()*1000); v->viol=(unsigned long long)(p==0?g->thr_ns[2]:p==1?g->thr_ns[5]+g->thr_ns[6]:p==2?g->thr_ns[4]:0); return OK; }
API ret_t nvmlDeviceGetPcieThroughput(void *h,int c,unsigned *v){ DEV *v=(unsigned)(g->load*(c==0?1500000:9000000)); return OK; } /* KB/s; 0=TX 1=RX */
API ret_t nvmlDeviceGetCurrPcieLinkGeneration(void *h,unsigned *v){ DEV *v=5; return OK; }
API ret_t nvmlDeviceGetCurrPcieLinkWidth(void *h,unsigned *v){ DEV *v=16; return OK; }
API ret_t nvmlDeviceGetMaxPcieLinkGeneration(void *h,unsigned *v){ DEV *v=5; return OK; }
API ret_t nvmlDeviceGetMaxPcieLinkWidth(void *h,unsigned *v){ DEV *v=16; return OK; }
API ret_t nvmlDeviceGetPersistenceMode(void *h,int *v){ DEV *v=1; return OK; }
API ret_t nvmlDeviceGetComputeMode(void *h,int *v){ DEV *v=0; return OK; }
API ret_t nvmlDeviceGetDisplayActive(void *h,int *v){ DEV *v=0; return OK; }
API ret_t nvmlDeviceGetDisplayMode(void *h,int *v){ DEV *v=1; return OK; }
API ret_t nvmlDeviceGetEccMode(void *h,int *a,int *b){ DEV *a=*b=1; return OK; }
API ret_t nvmlDeviceGetMigMode(void *h,unsigned *a,unsigned *b){ DEV *a=*b=0; return OK; }
API ret_t nvmlDeviceIsMigDeviceHandle(void *h,unsigned *v){ DEV *v=0; return OK; }
API ret_t nvmlDeviceGetMaxMigDeviceCount(void *h,unsigned *v){ DEV *v=0; return OK; }
API ret_t nvmlDeviceGetTotalEccErrors(void *h,int t,int c,unsigned long long *v){ DEV *v=0; return OK; }
API ret_t nvmlDeviceGetMemoryErrorCounter(void *h,int t,int c,int l,unsigned long long *v){ DEV *v=0; return OK; }
API ret_t nvmlDeviceGetNvLinkState(void *h,unsigned l,unsigned *v){ DEV if(l>=18) return E_ARG; *v=1; return OK; }
API ret_t nvmlDeviceGetTopologyCommonAncestor(void *h,void *h2,int *v){ DEV *v=50; return OK; }
typedef struct { unsigned pid; unsigned long long used; unsigned gi,ci; } proc_t;
static ret_t procs(gpu_t *g,unsigned *n,proc_t *p){ unsigned need=g->load>0.01?1:0; if(*n<need||(!p&&need)){ *n=need; return E_SIZE; } *n=need; if(need){ p[0].pid=getpid(); p[0].used=proc_na?~0ull:usedmem(g); p[0].gi=p[0].ci=0xffffffffu; } return OK; }
API ret_t nvmlDeviceGetComputeRunningProcesses_v3(void *h,unsigned *n,proc_t *p){ DEV return procs(g,n,p); }
API ret_t nvmlDeviceGetComputeRunningProcesses_v2(void *h,unsigned *n,proc_t *p){ DEV return procs(g,n,p); }
API ret_t nvmlDeviceGetGraphicsRunningProcesses_v3(void *h,unsigned *n,proc_t *p){ DEV *n=0; return OK; }
API ret_t nvmlDeviceGetGraphicsRunningProcesses_v2(void *h,unsigned *n,proc_t *p){ DEV *n=0; return OK; }
API ret_t nvmlDeviceGetMPSComputeRunningProcesses_v3(void *h,unsigned *n,proc_t *p){ DEV *n=0; return OK; }
typedef struct { unsigned pid; unsigned long long ts; unsigned sm,mem,enc,dec; } putil_t;
API ret_t nvmlDeviceGetProcessUtilization(void *h,putil_t *u,unsigned *n,unsigned long long since){ (void)since; DEV if(g->load<0.01) return E_NOTFOUND; if(!u||*n<1){ *n=1; return E_SIZE; } *n=1; u->pid=getpid(); u->ts=(unsigned long long)(now_ms()*1000); u->sm=lround(100*g->load); u->mem=lround(55*g->load); u->enc=u->dec=0; return OK; }
typedef union { double d; unsigned ui; unsigned long ul; unsigned long long ull; long long sll; int si; } val_t;
typedef struct { unsigned long long ts; val_t v; } sample_t;
API ret_t nvmlDeviceGetSamples(void *h,int type,unsigned long long last,int *vt,unsigned *n,sample_t *s){ DEV *vt=1; unsigned have=50; if(!s){ *n=have; return OK; } if(*n<have) have=*n; double t=now_ms()*1000; unsigned k=0; for(unsigned i=0;i<have;i++){ unsigned long long ts=(unsigned long long)fmax(0,t-20000.0*(have-1-i)); if(ts<=last) continue; s[k].ts=ts; s[k].v.ull=0; s[k].v.ui=type==0?(unsigned)lround(1000*watts(g)):(unsigned)lround(100*g->load); k++; } *n=k; return k?OK:E_NOTFOUND; }
typedef struct { unsigned id,scope; long long ts,lat; int vt; int ret; val_t v; } fv_t;
API ret_t nvmlDeviceGetFieldValues(void *h,int n,fv_t *f){ DEV
  for(int i=0;i<n;i++){ f[i].ts=(long long)(now_ms()*1000); f[i].lat=20; f[i].vt=1; f[i].ret=OK; f[i].v.ull=0; unsigned w=(unsigned)lround(1000*watts(g)); if(f[i].scope==2) w=w*3/10;
    if(numlisted(funsup,f[i].id)||(f[i].scope>2&&!(f[i].scope==0xffffffffu&&(f[i].id==138||f[i].id==139)))){ f[i].ret=E_NOTSUP; continue; }
    switch(f[i].id){ case 185: case 186: f[i].v.ui=w; break; case 83: case 191: f[i].vt=3; f[i].v.ull=(unsigned long long)g->pub_energy_mj; break;
      case 187: f[i].v.ui=200000; break; case 188: case 189: case 190: case 192: f[i].v.ui=(unsigned)(1000*tdp); break; case 82: f[i].v.ui=(unsigned)lround(g->temp+12); break; case 91: f[i].v.ui=18; break;
      case 74: f[i].vt=3; f[i].v.ull=(unsigned long long)g->thr_ns[2]; break; case 76: f[i].vt=3; f[i].v.ull=(unsigned long long)g->thr_ns[4]; break; case 75: f[i].vt=3; f[i].v.ull=(unsigned long long)(g->thr_ns[5]+g->thr_ns[6]); break;
      case 269: case 270: case 271: f[i].vt=3; f[i].v.ull=(unsigned long long)g->thr_ns[5+f[i].id-269]; break;
      case 138: case 139: f[i].vt=3; f[i].v.ull=(unsigned long long)(g->energy_mj); break; default: f[i].ret=E_NOTSUP; } } return OK; }
