/** Sockets, pipes, processes and TLS on the workers of {@code lemnos.runtime}. */
@NullMarked
package lemnos.net;

import org.jspecify.annotations.NullMarked;
