package lemnos.net;

import static lemnos.net.OnWorker.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Connections and datagrams within this machine, by paths. */
@Timeout(60)
final class UnixSocketsTest {
  @EachTransport
  void aConnectionCarriesBytesBothWays(Transport transport, @TempDir Path folder) throws Exception {
    Path path = folder.resolve("socket");
    String heard =
        OnWorker.run(
            transport,
            ctx -> {
              try (var listener = UnixListener.bind(ctx, path, TcpOptions.standard());
                  UnixStream client = UnixStream.connect(ctx, path)) {
                UnixStream server = listener.accept();
                assertNotNull(server);
                try (server) {
                  client.write(bytes("question"));
                  ByteBuf question = server.alloc().buffer();
                  server.readExactly(question, 8);
                  server.write(bytes("heard: "), question);
                }
                return OnWorker.readAll(client);
              }
            });
    assertEquals("heard: question", heard);
    assertFalse(Files.exists(path), "the path is left behind");
  }

  @Test
  void overEpollAConnectionHasHalves(@TempDir Path folder) throws Exception {
    assumeTrue(Transport.EPOLL.isAvailable());
    Path path = folder.resolve("socket");
    String heard =
        OnWorker.run(
            Transport.EPOLL,
            ctx -> {
              try (var listener = UnixListener.bind(ctx, path, TcpOptions.standard());
                  UnixStream client = UnixStream.connect(ctx, path)) {
                UnixStream server = listener.accept();
                assertNotNull(server);
                try (server) {
                  client.write(bytes("question"));
                  client.shutdownOutput();
                  server.write(bytes("heard: " + OnWorker.readAll(server)));
                }
                return OnWorker.readAll(client);
              }
            });
    assertEquals("heard: question", heard);
  }

  @EachTransport
  void aPathThatNobodyListensAtIsAnError(Transport transport, @TempDir Path folder) {
    Path path = folder.resolve("nobody");
    var e =
        assertThrows(
            IOException.class, () -> OnWorker.run(transport, ctx -> UnixStream.connect(ctx, path)));
    assertTrue(String.valueOf(e.getMessage()).contains(path.toString()), e.toString());
  }

  @EachTransport
  void aPathThatExistsCannotBeHad(Transport transport, @TempDir Path folder) throws Exception {
    Path path = Files.createFile(folder.resolve("file"));
    assertThrows(
        IOException.class,
        () -> OnWorker.run(transport, ctx -> UnixListener.bind(ctx, path, TcpOptions.standard())));
    assertTrue(Files.exists(path), "somebody else's file is gone");
  }
}
