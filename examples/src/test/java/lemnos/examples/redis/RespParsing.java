package lemnos.examples.redis;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.redis.RedisArrayAggregator;
import io.netty.handler.codec.redis.RedisBulkStringAggregator;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.Arrays;

/**
 * Measures what a command costs to parse, with {@link RespReader} and with Netty's codec. Not a
 * test: run its {@code main} on a quiet machine, pinned to one core.
 */
final class RespParsing {
  /** What a client pipelines: SET and GET in turn. */
  private static final int COMMANDS = 16;

  private static final int ROUNDS = 60;
  private static final int BATCHES_A_ROUND = 20_000;

  private final ByteBuf input = PooledByteBufAllocator.DEFAULT.directBuffer();
  private final RespReader reader = new RespReader(new KeyHash(1));
  private final EmbeddedChannel codec =
      new EmbeddedChannel(
          new RedisDecoder(),
          new RedisBulkStringAggregator(),
          new RedisArrayAggregator(RespReader.ARRAY_LIMIT, 8));

  /** Keeps the compiler from leaving out work whose result nobody uses. */
  private int sum;

  private interface Batch {
    void parse() throws ProtocolError;
  }

  private RespParsing() {
    for (int i = 0; i < COMMANDS / 2; i++) {
      String key = "$16\r\nkey:%012d\r\n".formatted(i);
      input.writeBytes(Ascii.bytes("*3\r\n$3\r\nSET\r\n" + key + "$3\r\nabc\r\n"));
      input.writeBytes(Ascii.bytes("*2\r\n$3\r\nGET\r\n" + key));
    }
  }

  public static void main(String[] args) throws ProtocolError {
    var measurement = new RespParsing();
    measurement.report("RespReader", measurement::readBatch);
    measurement.report("Netty's codec", measurement::decodeBatch);
  }

  private void readBatch() throws ProtocolError {
    ByteBuf in = input.readerIndex(0);
    for (Command command = reader.next(in); command != null; command = reader.next(in)) {
      sum += command.count() + command.key().hashCode();
    }
  }

  private void decodeBatch() {
    codec.writeInbound(input.readerIndex(0).retainedDuplicate());
    for (Object message = codec.readInbound(); message != null; message = codec.readInbound()) {
      sum += message.hashCode();
      ReferenceCountUtil.release(message);
    }
  }

  private void report(String name, Batch batch) throws ProtocolError {
    double[] nanos = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      long start = System.nanoTime();
      for (int i = 0; i < BATCHES_A_ROUND; i++) {
        batch.parse();
      }
      nanos[round] = (System.nanoTime() - start) / (double) (BATCHES_A_ROUND * COMMANDS);
    }
    double[] warm = Arrays.copyOfRange(nanos, ROUNDS / 2, ROUNDS);
    Arrays.sort(warm);
    System.out.printf(
        "%-14s ns a command: best %.1f, median %.1f (%x)%n",
        name, warm[0], warm[warm.length / 2], sum);
  }
}
