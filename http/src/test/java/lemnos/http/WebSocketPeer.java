package lemnos.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One end of a WebSocket, made by hand, that sends any bytes it is told to. */
final class WebSocketPeer implements AutoCloseable {
  static final String UPGRADE =
      "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

  private static final Pattern KEY = Pattern.compile("(?i)sec-websocket-key: ([^\r]*)\r\n");
  private static final byte[] MASK = {1, 2, 3, 4};

  final Socket socket;
  final DataInputStream in;

  /** What the other end said in the handshake. */
  final String handshake;

  /** Frames of a client are masked. */
  private final boolean isClient;

  private WebSocketPeer(Socket socket, String handshake, boolean isClient) throws IOException {
    socket.setTcpNoDelay(true); // what is written goes out as it is cut
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
    this.handshake = handshake;
    this.isClient = isClient;
  }

  /** A client of {@code served}; {@code headers} are those of its handshake, each with its end. */
  static WebSocketPeer client(Served served, String headers) throws IOException {
    Socket socket = served.connect();
    Served.send(socket, UPGRADE + headers + "\r\n");
    return new WebSocketPeer(socket, Served.readUntil(socket, "\r\n\r\n"), true);
  }

  /**
   * A server that accepts the next client with {@code headers}, each with its end, and sends {@code
   * first} in the same segment.
   */
  static WebSocketPeer server(ServerSocket listening, String headers, byte... first)
      throws IOException {
    Socket socket = listening.accept();
    socket.setSoTimeout(60_000);
    String request = Served.readUntil(socket, "\r\n\r\n");
    var key = KEY.matcher(request);
    String accepted = key.find() ? WebSocketFrames.accepted(key.group(1)) : "none";
    var answer = new ByteArrayOutputStream();
    answer.writeBytes(
        ("HTTP/1.1 101 Fine\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n"
                + (headers.contains("Accept") ? "" : "Sec-WebSocket-Accept: " + accepted + "\r\n")
                + headers
                + "\r\n")
            .getBytes(ISO_8859_1));
    answer.writeBytes(first);
    socket.getOutputStream().write(answer.toByteArray());
    return new WebSocketPeer(socket, request, false);
  }

  /** A frame of this end whose first byte is {@code first}. */
  byte[] frame(int first, byte[] payload) {
    return frame(first, payload, isClient);
  }

  static byte[] frame(int first, byte[] payload, boolean isMasked) {
    var out = new ByteArrayOutputStream();
    int masked = isMasked ? 128 : 0;
    out.write(first);
    if (payload.length < 126) {
      out.write(masked | payload.length);
    } else if (payload.length < 65_536) {
      out.write(masked | 126);
      out.write(payload.length >> 8);
      out.write(payload.length);
    } else {
      out.write(masked | 127);
      for (int shift = 56; shift >= 0; shift -= 8) {
        out.write((int) ((long) payload.length >> shift));
      }
    }
    if (isMasked) {
      out.writeBytes(MASK);
    }
    for (int i = 0; i < payload.length; i++) {
      out.write(isMasked ? payload[i] ^ MASK[i & 3] : payload[i]);
    }
    return out.toByteArray();
  }

  void send(int first, byte[] payload) throws IOException {
    socket.getOutputStream().write(frame(first, payload));
  }

  /** A frame that came. */
  record Frame(int first, byte[] payload) {}

  /** The next frame, unmasked; null at the end. */
  @Nullable Frame nextFrame() {
    try {
      int first = in.readUnsignedByte();
      int second = in.readUnsignedByte();
      long length = second & 127;
      length = length == 126 ? in.readUnsignedShort() : length == 127 ? in.readLong() : length;
      boolean isMasked = second > 127;
      if (isMasked == isClient) {
        throw new AssertionError(isMasked ? "a server masks nothing" : "a client masks all");
      }
      byte[] mask = isMasked ? in.readNBytes(4) : new byte[4];
      byte[] payload = in.readNBytes((int) length);
      for (int i = 0; i < payload.length; i++) {
        payload[i] ^= mask[i & 3];
      }
      return new Frame(first, payload);
    } catch (IOException e) {
      return null;
    }
  }

  /** What comes next: the first byte in hex, and the payload as text, or a code of closing. */
  @Nullable String next() {
    Frame frame = nextFrame();
    if (frame == null) {
      return null;
    }
    byte[] payload = frame.payload;
    if (frame.first == 0x88) {
      return "88 " + (payload.length < 2 ? "" : ((payload[0] & 255) << 8) | (payload[1] & 255));
    }
    return "%02x ".formatted(frame.first) + new String(payload, UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
