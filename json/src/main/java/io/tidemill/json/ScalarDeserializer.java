package io.tidemill.json;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.databind.util.AccessPattern;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A {@link Scalar} for Jackson's data binding. */
final class ScalarDeserializer extends StdScalarDeserializer<Object> implements ContextualDeserializer {
    private final transient Scalar scalar;
    private final transient JsonDeserializer<?> original;

    ScalarDeserializer(Class<?> type, Scalar scalar, JsonDeserializer<?> original) {
        super(type);
        this.scalar = scalar;
        this.original = original;
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        return scalar.read(parser);
    }

    /** A property with a format of its own, such as {@code @JsonFormat(pattern = "yyyyMMdd")}, is left to Jackson. */
    @Override
    public JsonDeserializer<?> createContextual(DeserializationContext context, @Nullable BeanProperty property)
            throws JsonMappingException {
        JsonFormat.Value format = findFormatOverrides(context, property, handledType());
        if (format == null || format.equals(JsonFormat.Value.empty())) {
            return this;
        }
        return original instanceof ContextualDeserializer contextual
                ? contextual.createContextual(context, property)
                : original;
    }

    @Override
    public @Nullable Object getNullValue(DeserializationContext context) throws JsonMappingException {
        if (handledType().isPrimitive()) {
            throw Mismatch.nullPrimitive(handledType(), context.getParser());
        }
        return null;
    }

    @Override
    public AccessPattern getNullAccessPattern() {
        return handledType().isPrimitive() ? AccessPattern.DYNAMIC : AccessPattern.CONSTANT;
    }

    @Override
    public @Nullable LogicalType logicalType() {
        return original.logicalType();
    }
}
