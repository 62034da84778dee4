package lemnos.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** A level that is off costs no memory, and a record as such none either. */
final class LogAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int RECORDS = 1_000;
  private static final int ROUNDS = 50;

  /** Whoever made an object for each life would make at least so many bytes. */
  private static final int SMALLEST_OBJECT = 8;

  private final Loop loop = new Loop(0);
  private final Object peer = new Object();
  private long records;

  private static long bytes(Runnable body) {
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) {
      least = Math.min(least, bytesOfRound(body));
    }
    return least;
  }

  private static long bytesOfRound(Runnable body) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < RECORDS; i++) {
      body.run();
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private void life(Loop loop) {
    loop.actor(cx -> peer, Ret.nop()).close();
    loop.run(loop.now() + 1, false);
  }

  /** Values that would be boxed at a wrong overload. */
  private void log() {
    records++;
    loop.log(LogLevel.INFO)
        .kv("int", 1_000_000)
        .kv("long", records << 40)
        .kv("double", records + 0.5)
        .kv("boolean", records > 3)
        .kv("object", peer)
        .kv("present")
        .arg(records << 40)
        .arg(0.25)
        .write("{} {} {}");
  }

  @Test
  void loggingCostsNoMemoryWithoutALogger() {
    assertEquals(0, bytes(this::log));
  }

  @Test
  void loggingCostsNoMemoryAtALevelThatIsOff() {
    loop.setLogger(LogFilter.of(LogLevel.WARN), (core, record) -> records = -1);
    assertEquals(0, bytes(this::log));
    assertEquals((long) RECORDS * ROUNDS, records);
  }

  @Test
  void aRecordThatTheLoggerOnlyCountsCostsNoMemory() {
    var counted = new long[1];
    loop.setLogger(LogFilter.of(LogLevel.INFO), (core, record) -> counted[0]++);
    assertEquals(0, bytes(this::log));
    assertEquals((long) RECORDS * ROUNDS, counted[0]);
  }

  @Test
  void anActorsLifeCostsNoMoreMemoryWithALoggerThanWithout() {
    var logging = new Loop(0);
    logging.setLogger(LogFilter.of(LogLevel.INFO), (core, record) -> records++);
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS; round++) { // by turns, so that both run the same code
      long without = bytesOfRound(() -> life(loop));
      least = Math.min(least, bytesOfRound(() -> life(logging)) - without);
    }
    assertTrue(least < SMALLEST_OBJECT * RECORDS, least + " bytes more in " + RECORDS + " lives");
  }
}
