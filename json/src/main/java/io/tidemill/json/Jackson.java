package io.tidemill.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.jsontype.BasicPolymorphicTypeValidator;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;

/** Jackson as this room sets it up. Every deviation from its defaults is here. */
final class Jackson {
    /**
     * Field names outlive their record in a table shared by all parsers of a factory, of at most 6,000 names. With
     * Jackson's own limit of 50,000 characters a sender could fill hundreds of megabytes.
     */
    static final int FIELD_NAME_CHARS_MAX = 2_000;

    /** For {@link RecordReader}, which finds duplicate fields by itself, at less cost; and for writing. */
    static final JsonFactory STREAMING = factory().build();

    private Jackson() {}

    /** Data binding. It is made when it is needed first, because it takes much longer to load than all else here. */
    static JsonMapper mapper() {
        return Binding.MAPPER;
    }

    private static final class Binding {
        static final JsonMapper MAPPER = newMapper();
    }

    private static JsonFactoryBuilder factory() {
        return new JsonFactoryBuilder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNameLength(FIELD_NAME_CHARS_MAX)
                        .build())
                // interned names are never forgotten: a sender of random names could fill the heap
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                // The table of names is shared, so with this check a record's fate would depend on those before it.
                // Without it, a million names that collide take less than two seconds.
                .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
                // everything is UTF-8: what looks like UTF-16 is an error
                .disable(JsonFactory.Feature.CHARSET_DETECTION)
                .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
                .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
                // Double.toString changed in JDK 19, and the bytes of keys must not
                .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                // COMBINE_UNICODE_SURROGATES_IN_UTF8 stays off, though it is shorter: it garbles lone surrogates.
                // A generator is used for many values, each by itself.
                .rootValueSeparator((String) null);
    }

    private static JsonMapper newMapper() {
        return JsonMapper.builder(factory()
                        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .build())
                .addModule(new JavaTimeModule())
                .addModule(new ScalarModule())
                .accessorNaming(new RecordRules.Naming())
                .annotationIntrospector(new RecordRules.Introspector())
                .polymorphicTypeValidator(
                        BasicPolymorphicTypeValidator.builder().build()) // allows no class at all
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .withCoercionConfig(
                        LogicalType.Textual,
                        text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .disable(DeserializationFeature.ADJUST_DATES_TO_CONTEXT_TIME_ZONE)
                .disable(DeserializationFeature.READ_DATE_TIMESTAMPS_AS_NANOSECONDS)
                .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                .enable(SerializationFeature.WRITE_DATES_WITH_ZONE_ID)
                .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
                .disable(SerializationFeature.FLUSH_AFTER_WRITE_VALUE)
                .build();
    }
}
