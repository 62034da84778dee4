package lemnos.net;

import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Supervisor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Pipes of our own and those of child processes. */
@Timeout(300)
final class PipesTest {
  private static final Transport TRANSPORT = Transport.best();

  private static String readAll(PipeReader reader) throws IOException {
    ByteBuf all = Unpooled.buffer();
    while (reader.read(all) >= 0) {
      // until the writer ends
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  @Test
  void whatIsWrittenIsReadUntilTheEnd() throws Exception {
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          Pipe pipe = Pipe.open(ctx.core());
          pipe.writer().write(bytes("one "));
          ByteBuf first = Unpooled.buffer();
          pipe.reader().readAtLeast(first, 4);
          assertEquals("one ", first.toString(StandardCharsets.UTF_8));
          pipe.writer().write(bytes("two "));
          pipe.writer().write(bytes("three"));
          pipe.writer().close();
          assertEquals("two three", readAll(pipe.reader()));
          assertThrows(EOFException.class, () -> pipe.reader().readAtLeast(first, 1));
          assertThrows(IOException.class, () -> pipe.writer().write(bytes("more")));
          return true;
        });
  }

  @Test
  void aWriterWaitsForTheReader() throws Exception {
    long total = 4_000_000;
    var written = new AtomicLong();
    long read =
        OnWorker.run(
            TRANSPORT,
            ctx -> {
              Pipe pipe = Pipe.open(ctx.core());
              ctx.runtime()
                  .spawnLocal(
                      Supervisor.<PipeWriter>stopping(),
                      (Context<Void> _, PipeWriter writer) -> {
                        while (written.get() < total) {
                          writer.write(Unpooled.buffer().writeZero(10_000));
                          written.addAndGet(10_000);
                        }
                        writer.close();
                      },
                      pipe.writer(),
                      ActorOptions.standard());
              pipe.reader().await();
              OnWorker.untilStable(ctx, written);
              assertTrue(written.get() < total / 2, "written unread: " + written);
              return (long) readAll(pipe.reader()).length();
            });
    assertEquals(total, read);
  }

  @Test
  void nobodyToReadIsAFailure() throws Exception {
    assertThrows(
        IOException.class,
        () ->
            OnWorker.run(
                TRANSPORT,
                ctx -> {
                  Pipe pipe = Pipe.open(ctx.core());
                  pipe.reader().close();
                  while (true) {
                    pipe.writer().write(Unpooled.buffer().writeZero(10_000));
                  }
                }));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aChildReadsAndWritesAndEnds() throws Exception {
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          ChildProcess child =
              ChildProcess.starting(ctx.core(), "sh", "-c", "cat; echo oops >&2; exit 3").get();
          assertTrue(child.isAlive());
          child.stdin().write(bytes("through the cat"));
          child.stdin().close();
          assertEquals("through the cat", readAll(child.stdout()));
          assertEquals("oops\n", readAll(child.stderr()));
          assertEquals(3, child.exit().get());
          assertFalse(child.isAlive());
          return true;
        });
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aChildCanBeTerminatedAndKilled() throws Exception {
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          ChildProcess polite = ChildProcess.starting(ctx.core(), "sleep", "1000").get();
          polite.terminate();
          assertEquals(128 + 15, polite.exit().get());
          ChildProcess stubborn =
              ChildProcess.starting(
                      ctx.core(), "sh", "-c", "trap '' TERM; echo up; exec sleep 1000")
                  .get();
          stubborn.stdout().await();
          stubborn.terminate();
          stubborn.kill();
          assertEquals(128 + 9, stubborn.exit().get());
          return true;
        });
  }

  @Test
  void aProgramThatIsNotThereIsAnErrorThatNamesIt() {
    var e =
        assertThrows(
            IOException.class,
            () ->
                OnWorker.run(
                    TRANSPORT, ctx -> ChildProcess.starting(ctx.core(), "no-such-thing").get()));
    assertTrue(String.valueOf(e.getMessage()).contains("no-such-thing"), e.toString());
  }
}
