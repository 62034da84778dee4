package lemnos.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One end of an HTTP/2 connection, made by hand, that sends any frames it is told to. */
final class Http2Peer implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RESET = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GO_AWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;
  static final int END_STREAM = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;
  static final int PRIORITY_FLAG = 32;
  static final int ACK = 1;

  /** By the static table of HPACK: GET, http, /, and an authority. */
  static final byte[] GET = {(byte) 0x82, (byte) 0x86, (byte) 0x84, 0x41, 1, 'x'};

  static final byte[] POST = {(byte) 0x83, (byte) 0x86, (byte) 0x84, 0x41, 1, 'x'};

  /** By the same: the status 200. */
  static final byte[] OK = {(byte) 0x88};

  static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  record Frame(int type, int flags, int stream, byte[] payload) {
    boolean ends() {
      return (type == DATA || type == HEADERS) && (flags & END_STREAM) != 0;
    }
  }

  final Socket socket;
  private final DataInputStream in;

  Http2Peer(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new DataInputStream(socket.getInputStream());
  }

  /** A client of {@code served}. */
  static Http2Peer client(Served served) throws IOException {
    var peer = new Http2Peer(served.connect());
    Served.send(peer.socket, PREFACE);
    peer.send(SETTINGS, 0, 0);
    return peer;
  }

  /** A server that accepts the next client, and says in {@code settings} what it may do. */
  static Http2Peer server(ServerSocket listening, byte... settings) throws IOException {
    Socket socket = listening.accept();
    socket.setSoTimeout(60_000);
    var peer = new Http2Peer(socket);
    assertEquals(PREFACE, Served.readUntil(socket, "SM\r\n\r\n"));
    peer.send(SETTINGS, 0, 0, settings);
    return peer;
  }

  static byte[] number(int value) {
    return new byte[] {
      (byte) (value >> 24), (byte) (value >> 16), (byte) (value >> 8), (byte) value
    };
  }

  void send(int type, int flags, int stream, byte... payload) throws IOException {
    sendTogether(new Frame(type, flags, stream, payload));
  }

  void sendTogether(Frame... frames) throws IOException {
    socket.getOutputStream().write(bytes(frames));
  }

  static byte[] bytes(Frame... frames) {
    var bytes = new ByteArrayOutputStream();
    for (Frame frame : frames) {
      int length = frame.payload.length;
      bytes.writeBytes(new byte[] {(byte) (length >> 16), (byte) (length >> 8), (byte) length});
      bytes.write(frame.type);
      bytes.write(frame.flags);
      bytes.writeBytes(number(frame.stream));
      bytes.writeBytes(frame.payload);
    }
    return bytes.toByteArray();
  }

  /** The next frame, or null if the other end has closed. */
  @Nullable Frame next() {
    try {
      int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
      int type = in.readUnsignedByte();
      int flags = in.readUnsignedByte();
      int stream = in.readInt();
      return new Frame(type, flags, stream, in.readNBytes(length));
    } catch (IOException e) {
      return null;
    }
  }

  Frame next(int type) {
    Frame frame = next();
    while (frame != null && frame.type != type) {
      frame = next();
    }
    assertNotNull(frame, "the other end closed before it sent a frame of type " + type);
    return frame;
  }

  /** The body that comes on {@code stream}. */
  String body(int stream) {
    var body = new ByteArrayOutputStream();
    Frame frame;
    do {
      frame = next();
      assertNotNull(frame, "the other end closed");
      if (frame.type == DATA && frame.stream == stream) {
        body.writeBytes(frame.payload);
      }
    } while (frame.stream != stream || !frame.ends());
    return body.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
