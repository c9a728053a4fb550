import os; os.environ['TF_CPP_MIN_LOG_LEVEL']='3'
import sys; sys.path.insert(0,'/work/main')
from pathlib import Path
import json, shutil
from fcnlab.lab.tasks import train_here,resume_here
from fcnlab.plan import Plan,Phase
import fcnlab
from fcnlab.lab import Run
o=Path('/tmp/w/reader/cliruns/edge'); shutil.rmtree(o,ignore_errors=True)
def ev(e):
    if e['kind']=='step' and e['step']==2: (o/'stop').touch()
train_here(fcnlab.preset('student-3'),Plan(phases=(Phase(epochs=3,batch_size=16),),subset=32),'shapes',o,ev)
print(Run.open(o).status.state, Run.open(o).status.message, [p[0] for p in Run.open(o).checkpoints()])
resume_here(o)
print(Run.open(o).status.state,[ (e['kind'],e['step'],e['epoch']) for e in map(json.loads,open(o/'metrics.jsonl'))])
