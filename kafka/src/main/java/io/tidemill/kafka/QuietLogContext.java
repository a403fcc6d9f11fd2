package io.tidemill.kafka;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import org.apache.kafka.common.utils.LogContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.MessageFormatter;

/** Loggers for kafka-clients' network code, which warns with a stack trace of every connection that sends nonsense. */
final class QuietLogContext extends LogContext {
    private static final OccasionalWarning WARNING =
            new OccasionalWarning(LoggerFactory.getLogger(KafkaServer.class), System::nanoTime);

    @Override
    public Logger logger(Class<?> type) {
        Logger logger = super.logger(type);
        return (Logger) Proxy.newProxyInstance(
                QuietLogContext.class.getClassLoader(),
                new Class<?>[] {Logger.class},
                (proxy, method, arguments) -> invoke(logger, method, arguments));
    }

    private static @Nullable Object invoke(Logger logger, Method method, Object @Nullable [] arguments)
            throws Throwable {
        if (arguments != null
                && (method.getName().equals("warn") || method.getName().equals("error"))) {
            warn(arguments);
            return null;
        }
        try {
            return method.invoke(logger, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause() == null ? e : e.getCause();
        }
    }

    private static void warn(Object[] arguments) {
        Object[] rest = Arrays.copyOfRange(arguments, 1, arguments.length);
        Object[] flat = rest.length == 1 && rest[0] instanceof Object[] all ? all : rest;
        Object last = flat.length == 0 ? "" : flat[flat.length - 1];
        String cause = last instanceof Throwable ? " (" + last + ")" : "";
        WARNING.warn(
                MessageFormatter.arrayFormat(String.valueOf(arguments[0]), flat).getMessage() + cause);
    }
}
