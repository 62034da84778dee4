package lemnos.net;

import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Files, read and written beside the worker. */
@Timeout(300)
final class DiskFileTest {
  private static final Transport TRANSPORT = Transport.best();

  private static String text(ByteBuf data) {
    try {
      return data.toString(StandardCharsets.UTF_8);
    } finally {
      data.release();
    }
  }

  @Test
  void whatWasWrittenIsRead(@TempDir Path folder) throws Exception {
    Path path = folder.resolve("file");
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          try (DiskFile file =
              DiskFile.opening(
                      ctx.core(),
                      path,
                      StandardOpenOption.CREATE_NEW,
                      StandardOpenOption.READ,
                      StandardOpenOption.WRITE)
                  .get()) {
            ByteBuf data = bytes("hello world");
            assertEquals(11, file.writing(0, data).get());
            assertEquals(0, data.refCnt());
            assertEquals(5, file.writing(6, bytes("there")).get());
            assertEquals("there", text(file.reading(6, 100).get()));
            assertEquals("", text(file.reading(11, 100).get()));
            assertEquals(5, file.truncating(5).get());
            assertEquals(5, file.syncing().get());
            assertEquals(5, file.sizing().get());
          }
          return true;
        });
    assertEquals("hello", Files.readString(path));
  }

  @Test
  void aFileThatIsNotThereIsAnError(@TempDir Path folder) {
    Path path = folder.resolve("nothing");
    assertThrows(
        IOException.class,
        () -> OnWorker.run(TRANSPORT, ctx -> DiskFile.opening(ctx.core(), path).get()));
  }

  /** Opening a pipe of the file system takes until somebody opens its other end. */
  @Test
  @DisabledOnOs(OS.WINDOWS)
  void theWorkerGoesOnMeanwhile(@TempDir Path folder) throws Exception {
    Path pipe = folder.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          Pending<DiskFile> reader = DiskFile.opening(ctx.core(), pipe);
          ctx.sleep(Duration.ofMillis(20));
          assertFalse(reader.isReady());
          try (DiskFile _ = DiskFile.opening(ctx.core(), pipe, StandardOpenOption.WRITE).get();
              DiskFile _ = reader.get()) {
            return true;
          }
        });
  }

  @Test
  void whatCannotBeDoneIsAnErrorThatNamesTheFile(@TempDir Path folder) throws Exception {
    Path path = Files.writeString(folder.resolve("file"), "hello");
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          DiskFile file = DiskFile.opening(ctx.core(), path).get();
          ByteBuf data = bytes("more");
          assertNamed(path, "write", file.writing(0, data));
          assertEquals(0, data.refCnt());
          assertNamed(path, "truncate", file.truncating(0));
          assertNamed(path, "read", file.reading(-1, 1));
          file.close();
          assertNamed(path, "read", file.reading(0, 5));
          assertNamed(path, "size", file.sizing());
          assertNamed(path, "sync", file.syncing());
          return true;
        });
    assertEquals("hello", Files.readString(path));
  }

  private static void assertNamed(Path path, String what, Pending<?> pending) {
    var e = assertThrows(IOException.class, pending::get);
    String message = String.valueOf(e.getMessage());
    assertTrue(message.startsWith("cannot " + what + " " + path + ": "), message);
  }

  @Test
  void whatIsOnItsWayWhenTheFileIsClosedIsDoneOrFails(@TempDir Path folder) throws Exception {
    Path path = Files.writeString(folder.resolve("file"), "hello");
    OnWorker.run(
        TRANSPORT,
        ctx -> {
          DiskFile file = DiskFile.opening(ctx.core(), path).get();
          List<Pending<ByteBuf>> all = new ArrayList<>();
          for (int i = 0; i < 100; i++) {
            all.add(file.reading(0, 5));
          }
          file.close();
          for (Pending<ByteBuf> reading : all) {
            try {
              assertEquals("hello", text(reading.get()));
            } catch (IOException e) {
              assertTrue(String.valueOf(e.getMessage()).contains(path.toString()), e.toString());
            }
          }
          return true;
        });
  }
}
