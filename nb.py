import os; os.environ['TF_CPP_MIN_LOG_LEVEL']='3'
import fcnlab
spec = fcnlab.preset("follow-me")
print(fcnlab.flow(spec).params)
model = fcnlab.build(spec)
print(model.layers[1].name, dir(fcnlab))
print(repr(fcnlab.check(spec))[:200])
try: fcnlab.preset('x')
except Exception as e: print(type(e),e)
try: fcnlab.load_spec('/nope.json')
except Exception as e: print(type(e),e)
print(fcnlab.train.__doc__, '\n----\n', fcnlab.score.__doc__)
help(fcnlab.train)
