package lemnos.net;

import static lemnos.net.OnWorker.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import lemnos.runtime.DeadlinePassed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a thing that comes when its actor waits no longer. */
@Timeout(300)
final class PendingTest {
  private static final Duration SOON = Duration.ofMillis(1);

  private static final class Thing implements AutoCloseable {
    boolean closed;

    @Override
    public void close() {
      closed = true;
    }
  }

  @Test
  void whatComesTooLateForWhoTookItIsClosed() throws Exception {
    run(
        Transport.NIO,
        ctx -> {
          var pending = new Pending<Thing>();
          assertThrows(DeadlinePassed.class, () -> ctx.within(SOON, pending::take));
          var thing = new Thing();
          pending.complete(thing);
          assertTrue(thing.closed);
          return null;
        });
  }

  @Test
  void aBufferThatComesTooLateIsReleased() throws Exception {
    run(
        Transport.NIO,
        ctx -> {
          var pending = new Pending<ByteBuf>();
          assertThrows(DeadlinePassed.class, () -> ctx.within(SOON, pending::take));
          ByteBuf data = Unpooled.buffer();
          pending.complete(data);
          assertEquals(0, data.refCnt());
          return null;
        });
  }

  @Test
  void whoOnlyGotItMayWaitAgain() throws Exception {
    run(
        Transport.NIO,
        ctx -> {
          var pending = new Pending<Thing>();
          assertThrows(DeadlinePassed.class, () -> ctx.within(SOON, pending::get));
          var thing = new Thing();
          pending.complete(thing);
          assertSame(thing, pending.take());
          assertFalse(thing.closed);
          return null;
        });
  }

  @Test
  void aFailureThatComesTooLateIsNobodys() throws Exception {
    run(
        Transport.NIO,
        ctx -> {
          var pending = new Pending<Thing>();
          assertThrows(DeadlinePassed.class, () -> ctx.within(SOON, pending::take));
          pending.fail(new IOException("late"));
          assertThrows(IOException.class, pending::get);
          return null;
        });
  }
}
