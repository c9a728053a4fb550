import os; os.environ['TF_CPP_MIN_LOG_LEVEL']='3'
import fcnlab
spec=fcnlab.preset('student-3'); model=fcnlab.build(spec)
for f in (lambda: fcnlab.score(model,'shapes'), lambda: fcnlab.train(spec,None,'shapes','/tmp/w/reader/cliruns/nb'), lambda: fcnlab.flow('follow-me'), lambda: fcnlab.build('follow-me'), lambda: fcnlab.train('student-3','shapes')):
    try: print(type(f()))
    except BaseException as e: print(type(e).__name__,str(e)[:200])
