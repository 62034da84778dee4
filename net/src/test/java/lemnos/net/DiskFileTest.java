package lemnos.net;

import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
            assertEquals(11, file.writing(0, bytes("hello world")).get());
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
}
