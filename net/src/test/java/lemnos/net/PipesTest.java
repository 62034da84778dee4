package lemnos.net;

import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.Supervisor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

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

  private static void assertNoThreadIsLeft(Context<?> ctx, String name) {
    while (isThread(name)) {
      ctx.sleep(Duration.ofMillis(1));
    }
  }

  private static boolean isThread(String name) {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().startsWith(name));
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aChildThatHasEndedAndWasReadLeavesNoThread() throws Exception {
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          ChildProcess child = ChildProcess.starting(ctx.core(), "echo", "bye").get();
          assertEquals("bye\n", readAll(child.stdout()));
          assertEquals("", readAll(child.stderr()));
          assertEquals(0, child.exit().get());
          assertNoThreadIsLeft(ctx, child.toString().replace("process ", ""));
          return true;
        });
  }

  /** As one is closed that comes when its actor has ended. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void aChildThatIsClosedEndsAndLeavesNoThread() throws Exception {
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          ChildProcess child =
              ChildProcess.starting(
                      ctx.core(), "sh", "-c", "echo up; echo oops >&2; exec sleep 1000")
                  .get();
          child.stdout().await();
          child.stderr().await(); // its thread has read ahead, too, and waits for us
          Parcel.discard(child);
          assertNull(child.stdout().receive());
          assertEquals(128 + 9, child.exit().get());
          assertNoThreadIsLeft(ctx, child.toString().replace("process ", ""));
          return true;
        });
  }

  private static void awaitEnd(long pid) {
    ProcessHandle.of(pid).ifPresent(process -> process.onExit().join());
  }

  /** Nor is anything lost that was written to one. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void childrenThatNobodyClosesDoNotKeepAProgramFromEnding(@TempDir Path folder) throws Exception {
    Path copy = folder.resolve("copy");
    List<String> printed = OwnJvm.run("", LeftChildren.class, copy.toString());
    ProcessHandle.of(OwnJvm.number(printed, "living")).ifPresent(ProcessHandle::destroyForcibly);
    awaitEnd(OwnJvm.number(printed, "slow"));
    assertEquals(LeftChildren.MUCH, Files.size(copy));
  }

  /** Both threads wait for us: the reader's has read ahead, and nobody takes that. */
  @Test
  void endsThatNobodyClosesEndWithTheirWorker() throws Exception {
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          new PipeReader(ctx.core(), "left reader", new ByteArrayInputStream(new byte[1])).await();
          new PipeWriter(ctx.core(), "left writer", OutputStream.nullOutputStream())
              .write(bytes("x"));
          return true;
        });
    while (isThread("left ")) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whoDoesNotWaitIsToldWhenThereIsRoomAgain() throws Exception {
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          Pipe pipe = Pipe.open(ctx.core());
          int much = 8 * PipeWriter.UNSENT_BYTES;
          Pending<PipeWriter> writing = pipe.writer().writing(zeros(much));
          assertFalse(writing.isReady());
          pipe.reader().readAtLeast(Unpooled.buffer(), much);
          assertSame(pipe.writer(), writing.get());
          return true;
        });
  }

  /** Something that takes nothing until it is told to. */
  private static final class Slow extends OutputStream {
    private final CountDownLatch takes = new CountDownLatch(1);
    private final AtomicInteger taken = new AtomicInteger();

    @Override
    public void write(int one) throws IOException {
      try {
        takes.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      taken.incrementAndGet();
    }
  }

  /**
   * A runtime that ends and leaves a pipe whose other end is {@code slow}; the thread that waits.
   */
  private static Thread ending(Duration ending, OutputStream slow) {
    Runtime runtime =
        Runtime.setup().signals(false).poller(NettyPoller.of(TRANSPORT, List.of(), ending)).build();
    runtime.runOnWorkers(
        ref -> {
          Pending<?> _ = new PipeWriter(ref.loop(), "slow writer", slow).writing(bytes("text"));
        });
    return Thread.ofVirtual()
        .start(
            () -> {
              try {
                runtime.start();
              } catch (RuntimeFailure e) {
                throw new AssertionError(e);
              }
            });
  }

  @Test
  void whatWasWrittenToAPipeIsWaitedForWhenTheWorkerEnds() throws Exception {
    var slow = new Slow();
    Thread end = ending(Duration.ofDays(1), slow);
    assertFalse(end.join(Duration.ofMillis(300)), "nobody waits");
    slow.takes.countDown();
    end.join();
    assertEquals(4, slow.taken.get());
  }

  @Test
  void whatCannotBeWrittenIsNotWaitedForWhenTheWorkerEnds() throws Exception {
    var broken =
        new OutputStream() {
          @Override
          public void write(int one) throws IOException {
            throw new IOException("nobody is there");
          }
        };
    ending(Duration.ofDays(1), broken).join();
  }

  private static WeakReference<PipeReader> readToItsEnd(Context<?> ctx) throws IOException {
    var reader = new PipeReader(ctx.core(), "short pipe", InputStream.nullInputStream());
    assertNull(reader.receive());
    return new WeakReference<>(reader);
  }

  @Test
  void aPipeThatIsAtItsEndIsForgottenThoughNobodyClosesIt() throws Exception {
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          WeakReference<PipeReader> reader = readToItsEnd(ctx);
          while (reader.get() != null) {
            System.gc();
            ctx.sleep(Duration.ofMillis(1));
          }
          return true;
        });
  }

  @Test
  void whoTakesNothingFromAPipeIsNotWaitedForLong() throws Exception {
    var slow = new Slow();
    ending(Duration.ofMillis(1), slow).join();
    assertEquals(0, slow.taken.get());
    slow.takes.countDown();
  }

  @Test
  void whatCannotBeReadIsAnErrorAndNoEnd() throws Exception {
    var broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the disk is gone");
          }
        };
    var e =
        assertThrows(
            IOException.class,
            () ->
                OnWorker.run(
                    TRANSPORT, ctx -> readAll(new PipeReader(ctx.core(), "broken", broken))));
    assertEquals("the disk is gone", e.getMessage());
  }

  @Test
  void readingAtLeastSoMuchTakesAsManyPiecesAsThatIs() throws Exception {
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          Pipe pipe = Pipe.open(ctx.core());
          int bytes = 3 * PipeReader.PIECE_BYTES;
          pipe.writer().write(Unpooled.buffer().writeZero(bytes));
          ByteBuf all = Unpooled.buffer();
          pipe.reader().readAtLeast(all, bytes);
          assertEquals(bytes, all.readableBytes());
          pipe.writer().close();
          pipe.reader().close();
          assertNull(pipe.reader().receive());
          return true;
        });
  }

  private static ByteBuf zeros(int bytes) {
    return Unpooled.buffer(bytes).writeZero(bytes);
  }

  /** Of a reader that takes nothing, more than the system has room for. */
  @Test
  void whoDoesNotWaitIsRefusedAtABoundAndToldWhatBecomesOfTheRest() throws Exception {
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          Pipe pipe = Pipe.open(ctx.core());
          int quarter = ByteStream.MAX_UNSENT_BYTES / 4;
          Pending<PipeWriter> last = pipe.writer().writing(zeros(1));
          assertTrue(last.isReady());
          for (int i = 0; i < 4; i++) {
            last = pipe.writer().writing(zeros(quarter));
            assertFalse(last.isReady());
          }
          ByteBuf refused = zeros(1);
          var e = assertThrows(IOException.class, pipe.writer().writing(refused)::get);
          assertTrue(String.valueOf(e.getMessage()).endsWith("wait for writing"), e.toString());
          assertEquals(0, refused.refCnt());
          assertFalse(last.isReady());
          pipe.reader().readAtLeast(Unpooled.buffer(), 2 * quarter);
          Pending<PipeWriter> next = pipe.writer().writing(zeros(1));
          assertFalse(next.isReady());
          pipe.reader().close();
          assertThrows(IOException.class, last::get);
          assertThrows(IOException.class, next::get);
          return true;
        });
  }
}
