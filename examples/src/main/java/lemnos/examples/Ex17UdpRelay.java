package lemnos.examples;

import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import lemnos.net.Datagram;
import lemnos.net.NettyPoller;
import lemnos.net.UdpSocket;
import lemnos.runtime.ActorOptions;
import lemnos.runtime.ActorRef;
import lemnos.runtime.Context;
import lemnos.runtime.Runtime;
import lemnos.runtime.RuntimeFailure;
import lemnos.runtime.Sent;
import lemnos.runtime.Supervisor;
import org.jspecify.annotations.Nullable;

/**
 * Actors of two programs that talk by way of UDP: a relay on each side sends what its actor says,
 * and brings it what arrives. heph-remote's relay. As UDP itself it may lose a message, and hides
 * none from others.
 */
public final class Ex17UdpRelay {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private Ex17UdpRelay() {}

  /** A message and the relay that it goes to, or comes from; an empty one ends our own relay. */
  private record Letter(String text, InetSocketAddress relay) {}

  /** Whom a relay brings what arrives, and who is told its address. */
  private record Duty(ActorRef<Letter> receiver, CompletableFuture<InetSocketAddress> address) {}

  private static void relay(Context<Letter> ctx, Duty duty) throws IOException {
    try (UdpSocket socket = UdpSocket.bind(ctx, ANY_PORT)) {
      duty.address.complete(socket.localAddress());
      for (Letter out = null; out == null || !out.text.isEmpty(); out = ctx.tryReceiveNext()) {
        if (out != null) {
          socket.send(ByteBufUtil.writeUtf8(socket.alloc(), out.text), out.relay);
        }
        if (socket.isReady()) {
          bring(socket.receive(), duty.receiver);
        }
        ctx.await(ctx.messages(), socket);
      }
    }
  }

  private static void bring(
      @Nullable Datagram<InetSocketAddress> datagram, ActorRef<Letter> receiver) {
    if (datagram == null) {
      return;
    }
    try (datagram) {
      String text = datagram.data().toString(StandardCharsets.UTF_8);
      if (receiver.trySend(new Letter(text, datagram.peer())) == Sent.FULL) {
        System.out.println("Lost, for the inbox is full: " + text);
      }
    }
  }

  /** Starts a relay for the calling actor. */
  private static ActorRef<Letter> openRelay(
      Context<Letter> ctx, CompletableFuture<InetSocketAddress> address) {
    var duty = new Duty(ctx.self(), address);
    return ctx.runtime()
        .spawnLocal(Supervisor.stopping(), Ex17UdpRelay::relay, duty, ActorOptions.standard());
  }

  private static void server(Context<Letter> ctx, CompletableFuture<InetSocketAddress> address) {
    ActorRef<Letter> relay = openRelay(ctx, address);
    Letter letter = ctx.receiveNext();
    System.out.println("Server: " + letter.text);
    relay.send(new Letter("Hello, " + letter.text, letter.relay));
    relay.send(new Letter("", letter.relay));
  }

  private static void client(Context<Letter> ctx, CompletableFuture<InetSocketAddress> server) {
    ActorRef<Letter> relay = openRelay(ctx, new CompletableFuture<>());
    relay.send(new Letter("Philoctetes", ctx.await(server)));
    Letter answer = ctx.receiveNext();
    System.out.println("Client: " + answer.text);
    relay.send(new Letter("", answer.relay));
  }

  /** Runs the example; each side is a runtime of its own, as if in a process of its own. */
  public static void main(String[] args) throws RuntimeFailure {
    var address = new CompletableFuture<InetSocketAddress>();
    Runtime server = Runtime.setup().poller(NettyPoller.best()).signals(false).build();
    Runtime client = Runtime.setup().poller(NettyPoller.best()).signals(false).build();
    server.runOnWorkers(
        ref ->
            ref.spawnLocal(
                Supervisor.stopping(), Ex17UdpRelay::server, address, ActorOptions.standard()));
    client.runOnWorkers(
        ref ->
            ref.spawnLocal(
                Supervisor.stopping(), Ex17UdpRelay::client, address, ActorOptions.standard()));
    client.start();
    server.start();
  }
}
