package io.tidemill.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidemill.groups.Rebalance;
import io.tidemill.groups.Trigger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a journal may hold that a coordinator would not write, and how much of it. */
class HostileJournalTest {
    private static Rebalance json(String json) {
        return Rebalance.fromJson(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }

    private static String entry(String fields) {
        return "{'v':1,'group':'orders','type':'CLASSIC','outcome':'COMPLETED','generationBefore':1,'generationAfter':2,"
                + "'startedAt':" + Journals.START + ",'endedAt':" + (Journals.START + 5) + fields + "}";
    }

    private static Diagnosis diagnose(List<Rebalance> entries) {
        Diagnosis diagnosis = RebalanceDoctor.diagnose(Observations.of("orders", entries, Journals.HOUR, Journals.NOW));
        assertThat(diagnosis.lines(80)).allSatisfy(line -> {
            assertThat(line.length()).isLessThanOrEqualTo(80);
            assertThat(line.chars().noneMatch(Character::isISOControl)).isTrue();
        });
        return diagnosis;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",'triggers':null,'members':null,'joins':null",
                ",'triggers':[null,{}]",
                ",'triggers':[{'kind':'SOMETHING_NEW','at':-5,'clientId':'a'}],'triggerCount':-1",
                ",'triggers':[{'kind':'SESSION_EXPIRED','at':9223372036854775807,'evidence':{}}]",
                ",'triggers':[{'kind':'LEFT','at':0,'evidence':{'sinceHeartbeatMillis':-9223372036854775808,'sinceFetchMillis':9223372036854775807,'rebalanceTimeoutMillis':9223372036854775807}}]",
                ",'members':[{'assignedPartitions':-3},{'assignedPartitions':null}],'memberCount':2",
                ",'joins':[{'memberId':null,'afterMillis':-1}]"
            })
    void oddEntriesAreRead(String fields) throws Exception {
        Diagnosis diagnosis = diagnose(List.of(json(entry(fields))));

        assertThat(diagnosis.rebalances()).isEqualTo(1);
        assertThat(new ObjectMapper().readTree(diagnosis.toJson()).get("group").asText())
                .isEqualTo("orders");
    }

    @Test
    void entriesThatAreNoneAreCounted() {
        Diagnosis diagnosis = diagnose(List.of(json("{}"), json("{'group':'orders'}"), json(entry(""))));

        assertThat(diagnosis.rebalances()).isEqualTo(1);
        assertThat(diagnosis.notes()).anyMatch(each -> each.startsWith("2 entries"));
    }

    @Test
    void namesCannotWriteToTheTerminal() {
        Journals journal = new Journals("orders");
        String evil = "\u001b[2J\u0007\u202eevil\r\n" + "x".repeat(400);
        journal.rebalance(5, journal.left(5, evil, evil, "consumer poll timeout has expired.", null));

        assertThat(String.join("", diagnose(journal.entries).lines(80)))
                .contains("evil")
                .doesNotContain("\u001b")
                .doesNotContain("\u202e");
    }

    @Test
    void hugeJournalsAreBounded() {
        Journals journal = new Journals("orders");
        for (int i = 0; i < Chronicle.ENTRIES_MAX + 5_000; i++) {
            double at = i * 0.14;
            Trigger trigger = i % 2 == 0
                    ? journal.left(
                            at, "w" + i % 7, "m" + i, i % 3 == 0 ? "consumer poll timeout has expired." : null, null)
                    : journal.joined(at, "w" + i % 7, "m" + i);
            journal.rebalance(at, 50, trigger);
        }

        Diagnosis diagnosis = diagnose(journal.entries);

        assertThat(diagnosis.rebalances()).isEqualTo(Chronicle.ENTRIES_MAX);
        assertThat(diagnosis.timeline()).hasSize(Diagnosis.TIMELINE_MAX);
        assertThat(diagnosis.notes()).anyMatch(each -> each.contains("only the newest"));
    }

    @Test
    void theOrderOfEntriesAndOtherGroupsDoNotMatter() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            List<Rebalance> own = random("orders", random, 1 + random.nextInt(40));
            List<Rebalance> mixed = new ArrayList<>(own);
            mixed.addAll(random("healthy-1", random, random.nextInt(20)));
            mixed.addAll(random("healthy-2", random, random.nextInt(20)));
            Collections.shuffle(mixed, random);

            assertThat(diagnose(mixed)).as("seed " + seed).isEqualTo(diagnose(own));
        }
    }

    /** No two entries begin at the same time. */
    private static List<Rebalance> random(String group, Random random, int count) {
        Journals journal = new Journals(group);
        Trigger.Kind[] kinds = Trigger.Kind.values();
        for (int i = 0; i < count; i++) {
            double at = 80 * i + random.nextInt(60) + 0.001 * i;
            List<Trigger> triggers = new ArrayList<>();
            for (int j = 0; j <= random.nextInt(3); j++) {
                triggers.add(journal.trigger(
                        kinds[random.nextInt(kinds.length)],
                        at + j,
                        "w" + random.nextInt(4),
                        "m" + random.nextInt(8),
                        random.nextInt(4) == 0 ? "consumer poll timeout has expired." : null,
                        random.nextBoolean()
                                ? null
                                : Journals.evidence(
                                        (long) random.nextInt(20_000),
                                        (long) random.nextInt(60_000),
                                        null,
                                        random.nextBoolean())));
            }
            journal.rebalance(at, 1 + random.nextInt(30_000), triggers.toArray(Trigger[]::new));
        }
        return journal.entries;
    }
}
