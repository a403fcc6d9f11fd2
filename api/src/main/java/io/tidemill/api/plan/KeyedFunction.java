package io.tidemill.api.plan;

import io.tidemill.api.process.CoProcessFunction;
import io.tidemill.api.process.OutputTag;
import io.tidemill.api.process.ProcessContext;
import io.tidemill.api.process.ProcessFunction;
import io.tidemill.api.process.StateDescriptor;
import io.tidemill.api.process.Timer;
import java.io.Serializable;
import java.util.List;

/** A user's function over any number of inputs, which are numbered from 0; the types are erased. */
public interface KeyedFunction extends Serializable {
    void process(int input, Object element, ProcessContext<Object, Object> context) throws Exception;

    void onTimer(Timer timer, ProcessContext<Object, Object> context) throws Exception;

    List<StateDescriptor> states();

    List<OutputTag<?>> outputs();

    static KeyedFunction of(ProcessFunction<Object, Object, Object> function) {
        return new OfOne(function);
    }

    static KeyedFunction of(CoProcessFunction<Object, Object, Object, Object> function) {
        return new OfTwo(function);
    }

    /** Of a function with one input. */
    record OfOne(ProcessFunction<Object, Object, Object> function) implements KeyedFunction {
        @Override
        public void process(int input, Object element, ProcessContext<Object, Object> context) throws Exception {
            function.process(element, context);
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<Object, Object> context) throws Exception {
            function.onTimer(timer, context);
        }

        @Override
        public List<StateDescriptor> states() {
            return function.states();
        }

        @Override
        public List<OutputTag<?>> outputs() {
            return function.outputs();
        }
    }

    /** Of a function with two inputs. */
    record OfTwo(CoProcessFunction<Object, Object, Object, Object> function) implements KeyedFunction {
        @Override
        public void process(int input, Object element, ProcessContext<Object, Object> context) throws Exception {
            if (input == 0) {
                function.processFirst(element, context);
            } else {
                function.processSecond(element, context);
            }
        }

        @Override
        public void onTimer(Timer timer, ProcessContext<Object, Object> context) throws Exception {
            function.onTimer(timer, context);
        }

        @Override
        public List<StateDescriptor> states() {
            return function.states();
        }

        @Override
        public List<OutputTag<?>> outputs() {
            return function.outputs();
        }
    }
}
