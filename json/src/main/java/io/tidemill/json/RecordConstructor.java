package io.tidemill.json;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.type.TypeFactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import org.jspecify.annotations.Nullable;

/** A record's canonical constructor, taking its arguments from an array. */
final class RecordConstructor {
    private static final MethodType FROM_ARRAY = MethodType.methodType(Object.class, Object[].class);

    private final Class<?> type;
    private final MethodHandle handle;

    RecordConstructor(Constructor<?> constructor) {
        type = constructor.getDeclaringClass();
        handle = find(constructor)
                .asSpreader(Object[].class, constructor.getParameterCount())
                .asType(FROM_ARRAY);
    }

    /** Throws {@link IllegalArgumentException} if it cannot be called from here. */
    static MethodHandle find(Constructor<?> constructor) {
        Class<?> type = constructor.getDeclaringClass();
        try {
            return MethodHandles.privateLookupIn(type, MethodHandles.lookup()).unreflectConstructor(constructor);
        } catch (IllegalAccessException closed) {
            try {
                return MethodHandles.publicLookup().unreflectConstructor(constructor);
            } catch (IllegalAccessException hidden) {
                throw new IllegalArgumentException(
                        "the constructor of " + type.getName() + " cannot be called: let its module declare 'opens "
                                + type.getPackageName() + ";'",
                        closed);
            }
        }
    }

    /** What the constructor throws is the cause of the exception, unless it is an {@link Error}. */
    Object call(@Nullable Object[] arguments) throws JsonProcessingException {
        try {
            return (Object) handle.invokeExact(arguments);
        } catch (Error e) {
            throw e;
        } catch (Throwable e) {
            throw ValueInstantiationException.from(
                    null,
                    "Cannot construct instance of `" + type.getName() + "`, problem: " + e.getMessage(),
                    TypeFactory.defaultInstance().constructType(type),
                    e);
        }
    }
}
