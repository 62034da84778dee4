/** One thread: loop, actors, queues, timers, replies, sharing, wakers. */
@NullMarked
package lemnos.core;

import org.jspecify.annotations.NullMarked;
