/** Whole-process benchmarks. Each prints its settings, the durability mode included, beside its figures. */
@NullMarked
package io.tidemill.benchmarks;

import org.jspecify.annotations.NullMarked;
