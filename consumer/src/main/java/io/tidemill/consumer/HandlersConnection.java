package io.tidemill.consumer;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** A connection whose transaction is not the user's to end. */
final class HandlersConnection {
    private HandlersConnection() {}

    static Connection of(Connection connection) {
        return (Connection) Proxy.newProxyInstance(
                HandlersConnection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> call(connection, method, arguments));
    }

    @SuppressWarnings("NullAway") // reflection passes on null for null
    private static @Nullable Object call(Connection connection, Method method, Object @Nullable [] arguments)
            throws Throwable {
        boolean endsTransaction = switch (method.getName()) {
            case "commit", "abort", "setAutoCommit" -> true;
            case "rollback" -> arguments == null;
            default -> false;
        };
        if (endsTransaction) {
            throw new SQLException(method.getName() + "() is not the handler's: the transaction holds the offset too");
        }
        if (method.getName().equals("close")) {
            return null;
        }
        try {
            return method.invoke(connection, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
