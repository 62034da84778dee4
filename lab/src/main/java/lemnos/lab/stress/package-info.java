/**
 * What the core and the inboxes of sequential actors promise to other threads, tried by jcstress on
 * the JVM and the processor at hand. CONTRIBUTING.md says how to run it.
 */
@NullMarked
package lemnos.lab.stress;

import org.jspecify.annotations.NullMarked;
