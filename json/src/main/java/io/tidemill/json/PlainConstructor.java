package io.tidemill.json;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;

/** Makes a record of {@link PlainValues}, without boxes and arrays. */
final class PlainConstructor {
    private static final MethodHandle NUMBER = getter("number", long.class);
    private static final MethodHandle DOUBLE = getter("doubleNumber", double.class);
    private static final MethodHandle FLOAT = getter("floatNumber", float.class);
    private static final MethodHandle BOOLEAN = getter("bool", boolean.class);
    private static final MethodHandle TEXT = getter("text", String.class);
    private static final MethodHandle OBJECT = getter("object", Object.class);

    private PlainConstructor() {}

    private static MethodHandle getter(String name, Class<?> type) {
        try {
            return MethodHandles.lookup().findVirtual(PlainValues.class, name, MethodType.methodType(type, int.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** From {@link PlainValues} to an object. */
    static MethodHandle of(Constructor<?> constructor) {
        Class<?>[] types = constructor.getParameterTypes();
        MethodHandle[] arguments = new MethodHandle[types.length];
        for (int i = 0; i < types.length; i++) {
            MethodType wanted = MethodType.methodType(types[i], PlainValues.class);
            arguments[i] =
                    MethodHandles.explicitCastArguments(MethodHandles.insertArguments(getter(types[i]), 1, i), wanted);
        }
        MethodHandle fromMany = MethodHandles.filterArguments(RecordConstructor.find(constructor), 0, arguments);
        MethodType fromOne = MethodType.methodType(constructor.getDeclaringClass(), PlainValues.class);
        return MethodHandles.permuteArguments(fromMany, fromOne, new int[types.length])
                .asType(fromOne.changeReturnType(Object.class));
    }

    private static MethodHandle getter(Class<?> type) {
        if (!type.isPrimitive()) {
            return type == String.class ? TEXT : OBJECT;
        }
        return type == double.class ? DOUBLE : type == float.class ? FLOAT : type == boolean.class ? BOOLEAN : NUMBER;
    }
}
