package io.tidemill.json;

import com.fasterxml.jackson.databind.BeanDescription;
import com.fasterxml.jackson.databind.DeserializationConfig;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.deser.BeanDeserializerModifier;
import com.fasterxml.jackson.databind.module.SimpleModule;

/** Puts the {@link Scalars} in the place of Jackson's own deserializers. */
final class ScalarModule extends SimpleModule {
    ScalarModule() {
        super("tidemill-scalars");
        setDeserializerModifier(new Modifier());
    }

    private static final class Modifier extends BeanDeserializerModifier {
        @Override
        public JsonDeserializer<?> modifyDeserializer(
                DeserializationConfig config, BeanDescription description, JsonDeserializer<?> original) {
            // not the description's class: Jackson has one description for int and Integer
            Class<?> type = original.handledType();
            return scalar(type == null ? description.getBeanClass() : type, original);
        }

        @Override
        public JsonDeserializer<?> modifyEnumDeserializer(
                DeserializationConfig config,
                JavaType type,
                BeanDescription description,
                JsonDeserializer<?> original) {
            return scalar(description.getBeanClass(), original);
        }

        private static JsonDeserializer<?> scalar(Class<?> type, JsonDeserializer<?> original) {
            Scalar scalar = Scalars.of(type);
            return scalar == null ? original : new ScalarDeserializer(type, scalar, original);
        }
    }
}
