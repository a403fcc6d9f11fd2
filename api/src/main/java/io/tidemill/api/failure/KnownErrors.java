package io.tidemill.api.failure;

import io.tidemill.api.FailureClass;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Errors that mean the same wherever they come from.
 *
 * @param sqlClasses the first two characters of their SQLSTATE
 * @param types they are, or are subtypes of these
 * @param endings of the names of their types
 */
record KnownErrors(Classification classification, Set<String> sqlClasses, List<String> types, List<String> endings) {
    /** In the order in which they are asked. */
    static final List<KnownErrors> ALL = List.of(
            new KnownErrors(
                    new Classification(FailureClass.TRANSIENT, "database-unavailable"),
                    // connection, rollback for others' sake, resources, an operator's intervention, a system's error
                    Set.of("08", "40", "53", "57", "58"),
                    List.of("java.sql.SQLTransientException", "java.sql.SQLRecoverableException"),
                    List.of()),
            new KnownErrors(
                    new Classification(FailureClass.DATA, "database-refused"),
                    // a value, a constraint
                    Set.of("22", "23"),
                    List.of("java.sql.SQLDataException", "java.sql.SQLIntegrityConstraintViolationException"),
                    List.of()),
            new KnownErrors(
                    new Classification(FailureClass.TRANSIENT, "rate-limit"),
                    Set.of(),
                    List.of("org.apache.kafka.common.errors.ThrottlingQuotaExceededException"),
                    List.of(
                            "RateLimitException",
                            "RateLimitedException",
                            "RateLimitExceededException",
                            "TooManyRequestsException",
                            "TooManyRequests",
                            "ThrottlingException",
                            "ThrottledException",
                            "RequestNotPermitted")),
            new KnownErrors(
                    new Classification(FailureClass.TRANSIENT, "timeout"),
                    Set.of(),
                    List.of(
                            "java.util.concurrent.TimeoutException",
                            "java.io.InterruptedIOException",
                            "java.net.http.HttpTimeoutException"),
                    List.of("TimeoutException", "TimedOutException", "DeadlineExceededException")),
            new KnownErrors(
                    new Classification(FailureClass.TRANSIENT, "connection"),
                    Set.of(),
                    List.of(
                            "java.net.SocketException", "java.net.UnknownHostException",
                            "java.nio.channels.ClosedChannelException", "java.nio.channels.UnresolvedAddressException",
                            "java.net.ProtocolException", "javax.net.ssl.SSLException"),
                    List.of(
                            "ConnectionException",
                            "ConnectionClosedException",
                            "ConnectionFailedException",
                            "ServiceUnavailableException",
                            "ServiceUnavailable",
                            "UnavailableException",
                            "CallNotPermittedException")),
            new KnownErrors(
                    new Classification(FailureClass.TRANSIENT, "retriable"),
                    Set.of(),
                    List.of("org.apache.kafka.common.errors.RetriableException"),
                    List.of("RetriableException", "RetryableException", "TransientException")),
            new KnownErrors(
                    new Classification(FailureClass.DATA, "unparsable"),
                    Set.of(),
                    List.of(
                            "java.lang.NumberFormatException",
                            "java.time.DateTimeException",
                            "java.text.ParseException",
                            "java.net.URISyntaxException",
                            "java.nio.charset.CharacterCodingException",
                            "java.util.InputMismatchException",
                            "java.util.zip.DataFormatException",
                            "com.fasterxml.jackson.core.JacksonException",
                            "tools.jackson.core.JacksonException",
                            "com.google.gson.JsonParseException",
                            "com.google.protobuf.InvalidProtocolBufferException",
                            "org.apache.avro.AvroRuntimeException",
                            "org.apache.kafka.common.errors.SerializationException"),
                    List.of()),
            new KnownErrors(
                    new Classification(FailureClass.DATA, "validation"),
                    Set.of(),
                    List.of("javax.validation.ValidationException", "jakarta.validation.ValidationException"),
                    List.of("ValidationException", "ConstraintViolationException", "MissingFieldException")));

    boolean include(Throwable error) {
        Set<String> names = names(error);
        return sqlClasses.contains(sqlClass(error))
                || types.stream().anyMatch(names::contains)
                || names.stream().anyMatch(name -> endings.stream().anyMatch(name::endsWith));
    }

    /** Names of an error's class, its superclasses and all their interfaces. */
    private static Set<String> names(Throwable error) {
        return Stream.<Class<?>>iterate(error.getClass(), type -> type != null, Class::getSuperclass)
                .flatMap(type -> Stream.concat(Stream.of(type), Stream.of(type.getInterfaces())))
                .map(Class::getName)
                .collect(Collectors.toSet());
    }

    /** The SQLSTATE's class, its first two characters; empty where there is none. */
    private static String sqlClass(Throwable error) {
        String state = error instanceof java.sql.SQLException sql ? sql.getSQLState() : null;
        return state == null || state.length() < 2 ? "" : state.substring(0, 2);
    }
}
