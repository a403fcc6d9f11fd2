package io.tidemill.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.ObjectInputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dependencies between the rooms point one way, and foreign libraries stay in the rooms that bring them. */
class ArchitectureTest {
    private static final String ROOT = "io.tidemill.";
    private static final String JACKSON = "com.fasterxml.jackson..";
    private static final JavaClasses TIDEMILL = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.tidemill");

    private static String room(String name) {
        return ROOT + name + "..";
    }

    /** What a room may know, beside itself, the JDK and JSpecify. */
    @ParameterizedTest
    @CsvSource({
        "api,        ''",
        "json,       api jackson",
        "sketches,   api hash4j ddsketch",
        "log,        api kafka slf4j",
        "engine,     api log slf4j histogram",
        "rocksdb,    api log engine rocks",
        "operations, api log engine kafka histogram",
        "groups,     api log jackson slf4j",
        "kafka,      api log groups kafka sasl slf4j",
        "cluster,    api log kafka slf4j",
        "doctor,     groups api log jackson kafka",
        "consumer,   kafka jdbc slf4j",
        "testkit,    api log engine",
        "examples,   api json jackson",
        "cli,        api json log groups protocol cluster doctor engine rocksdb operations examples jackson kafka slf4j histogram"
                + " terminal",
    })
    void directionOfDependencies(String room, String known) {
        List<String> allowed = new ArrayList<>(List.of(room(room), "java..", "javax.tools..", "org.jspecify.."));
        for (String each : known.split(" ", -1)) {
            switch (each) {
                case "jackson" -> allowed.add(JACKSON);
                case "hash4j" -> allowed.add("com.dynatrace.hash4j..");
                case "ddsketch" -> allowed.add("com.datadoghq.sketch..");
                case "kafka" -> allowed.add("org.apache.kafka..");
                case "protocol" -> allowed.add(room("kafka"));
                case "sasl" -> allowed.addAll(List.of("javax.security..", "javax.net.."));
                case "jdbc" -> allowed.add("javax.sql..");
                case "slf4j" -> allowed.add("org.slf4j..");
                case "rocks" -> allowed.add("org.rocksdb..");
                case "histogram" -> allowed.add("org.HdrHistogram..");
                case "terminal" -> allowed.addAll(List.of("picocli..", "me.tongfei..", "com.github.freva.."));
                default -> allowed.add(each.isEmpty() ? room(room) : room(each));
            }
        }
        assertThat(TIDEMILL.stream().anyMatch(each -> each.getPackageName().startsWith(ROOT + room)))
                .as("there are classes in " + room)
                .isTrue();
        classes()
                .that()
                .resideInAPackage(room(room))
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed.toArray(String[]::new))
                .check(TIDEMILL);
    }

    @Test
    void nobodyDependsOnTheCommand() {
        noClasses()
                .that()
                .resideOutsideOfPackage(room("cli"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(room("cli"))
                .check(TIDEMILL);
    }

    @Test
    void onlyTheAdaptersKnowKafkasRecords() {
        // They are not public API of kafka-clients, and move between its versions.
        noClasses()
                .that()
                .resideOutsideOfPackages(room("log.batch"), room("kafka.protocol"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka.common.record.internal..")
                .check(TIDEMILL);
    }

    @Test
    void jacksonStaysInTheLeaves() {
        noClasses()
                .that()
                .resideOutsideOfPackages(room("json"), room("groups"), room("doctor"), room("cli"), room("examples"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(JACKSON)
                .check(TIDEMILL);
    }

    @Test
    void nothingIsReadByJavaSerialization() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .areAssignableTo(ObjectInputStream.class)
                .check(TIDEMILL);
    }

    @Test
    void nothingPrintsButTheCommandAndTests() {
        noClasses()
                .that()
                .resideOutsideOfPackages(room("cli"), room("testkit"))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(TIDEMILL);
    }
}
