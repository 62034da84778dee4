/** Many threads: workers, processes, supervision, references, signals, tracing. */
@NullMarked
package lemnos.runtime;

import org.jspecify.annotations.NullMarked;
