package lemnos.lab;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** A connection of {@link EchoClient}, plain or by the JDK's TLS, which trusts whoever answers. */
final class EchoConnection {
  private final SocketChannel channel;
  private final @Nullable SSLEngine tls;

  // In the clear.
  private final ByteBuffer out;
  private final ByteBuffer in;

  // On the wire, with TLS.
  private final ByteBuffer sealed;
  private final ByteBuffer arrived;

  /** How many bytes of the answer have still to come. */
  int missing;

  private EchoConnection(SocketChannel channel, int bytes, @Nullable SSLEngine tls) {
    this.channel = channel;
    this.tls = tls;
    this.missing = bytes;
    int packet = tls == null ? 0 : tls.getSession().getPacketBufferSize();
    out = ByteBuffer.allocateDirect(bytes);
    in = ByteBuffer.allocateDirect(bytes + packet);
    sealed = ByteBuffer.allocateDirect(packet);
    arrived = ByteBuffer.allocateDirect(packet);
  }

  /** Agrees on TLS, if it is wanted, over a channel that blocks. */
  static EchoConnection open(SocketChannel channel, int bytes, boolean secure) throws IOException {
    if (!secure) {
      return new EchoConnection(channel, bytes, null);
    }
    SSLEngine tls = engine();
    var connection = new EchoConnection(channel, bytes, tls);
    tls.beginHandshake();
    connection.shakeHands(tls);
    return connection;
  }

  private static SSLEngine engine() {
    try {
      var context = SSLContext.getInstance("TLSv1.3");
      context.init(null, new TrustManager[] {new Trusting()}, null);
      SSLEngine engine = context.createSSLEngine();
      engine.setUseClientMode(true);
      return engine;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private void shakeHands(SSLEngine tls) throws IOException {
    while (true) {
      switch (tls.getHandshakeStatus()) {
        case NEED_WRAP -> wrap(tls, ByteBuffer.allocate(0));
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> unwrapOne(tls);
        case NEED_TASK -> tls.getDelegatedTask().run();
        default -> {
          return;
        }
      }
    }
  }

  private void unwrapOne(SSLEngine tls) throws IOException {
    arrived.flip();
    var result = tls.unwrap(arrived, in);
    arrived.compact();
    if (result.bytesConsumed() == 0 && tls.getHandshakeStatus() == HandshakeStatus.NEED_UNWRAP) {
      read(arrived);
    }
  }

  private void wrap(SSLEngine tls, ByteBuffer clear) throws IOException {
    do {
      sealed.clear();
      tls.wrap(clear, sealed);
      sealed.flip();
      write(sealed);
    } while (clear.hasRemaining());
  }

  private void write(ByteBuffer data) throws IOException {
    while (data.hasRemaining()) {
      channel.write(data);
    }
  }

  private void read(ByteBuffer into) throws IOException {
    if (channel.read(into) < 0) {
      throw new EOFException("the server closed a connection");
    }
  }

  /** Sends a message. */
  void send() throws IOException {
    out.clear();
    if (tls == null) {
      write(out);
    } else {
      wrap(tls, out);
    }
  }

  /** Takes what has come of the answer; tells how many bytes. */
  int receive() throws IOException {
    in.clear();
    if (tls == null) {
      read(in);
    } else {
      read(arrived);
      arrived.flip();
      while (tls.unwrap(arrived, in).bytesConsumed() > 0) {}
      arrived.compact();
    }
    return in.position();
  }

  /** Only for measurements on this machine. */
  private static final class Trusting extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
