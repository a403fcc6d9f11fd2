package io.tidemill.log;

import io.tidemill.log.disk.Disk;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keeps the indexes of the sealed files that were last read, in bounded memory. Guarded by the log's state lock. */
final class IndexCache {
    /** 40 MB. */
    private static final int ENTRIES_MAX = 1_000_000;

    private final Disk disk;
    private final List<Segment> segments;
    private final LinkedHashMap<Segment, Integer> loaded = new LinkedHashMap<>(16, 0.75f, true);
    private long entryCount;

    IndexCache(Disk disk, List<Segment> segments) {
        this.disk = disk;
        this.segments = segments;
    }

    /** Where the batches of {@code segment} are. */
    Map<Long, EntryIndex> of(Segment segment) throws IOException {
        Map<Long, EntryIndex> entries = segment.index;
        if (entries == null) {
            entries = load(segment);
            segment.adopt(entries);
            sealed(segment);
        } else {
            loaded.get(segment);
        }
        return entries;
    }

    /** Takes charge of an index that is also on the disk. */
    void sealed(Segment segment) {
        Map<Long, EntryIndex> entries = segment.index;
        if (entries == null || loaded.containsKey(segment)) {
            return;
        }
        int count = entries.values().stream().mapToInt(EntryIndex::count).sum();
        loaded.put(segment, count);
        entryCount += count;
        var oldest = loaded.entrySet().iterator();
        while (entryCount > ENTRIES_MAX && loaded.size() > 1) {
            var evicted = oldest.next();
            evicted.getKey().index = null;
            entryCount -= evicted.getValue();
            oldest.remove();
        }
    }

    void forget(Segment segment) {
        Integer count = loaded.remove(segment);
        entryCount -= count == null ? 0 : count;
    }

    private Map<Long, EntryIndex> load(Segment segment) throws IOException {
        IndexFile.Content content = IndexFile.read(disk, segment);
        if (content != null && content.end() == segment.end) {
            return content.entries();
        }
        long lastExpected = segment.lastSequence;
        if (!segments.contains(segment)) {
            throw new IllegalStateException(segment.path + " is not in use");
        }
        return Recovery.scanSealed(disk, segment, lastExpected);
    }
}
