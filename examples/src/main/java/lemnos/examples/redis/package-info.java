/**
 * An in-memory key-value server that speaks the Redis protocol.
 *
 * <p>A connection reads {@link lemnos.examples.redis.Command commands} with a {@code RespReader},
 * answers what needs no data from its {@code Session}, sends the rest where {@code Routing} says,
 * and writes each {@code Reply} with {@code RespWriter}. A shard owns one {@code Store}.
 */
@NullMarked
package lemnos.examples.redis;

import org.jspecify.annotations.NullMarked;
