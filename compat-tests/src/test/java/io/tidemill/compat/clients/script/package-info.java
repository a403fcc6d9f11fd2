/**
 * What a user of kafka-clients does, by its public API. It runs in JVMs of its own, with several versions of the library: it
 * uses what all of them have, and nothing else of this project.
 */
@NullMarked
package io.tidemill.compat.clients.script;

import org.jspecify.annotations.NullMarked;
