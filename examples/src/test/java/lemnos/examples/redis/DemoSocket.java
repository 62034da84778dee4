package lemnos.examples.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;

/**
 * A bare connection that shows replies as they are on the wire, where a client library would
 * interpret them. Text is Latin-1, so that every byte is one character.
 */
final class DemoSocket implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  private DemoSocket(Socket socket) throws IOException {
    this.socket = socket;
    this.in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    this.out = socket.getOutputStream();
  }

  static DemoSocket to(int port) {
    return to(port, 0);
  }

  /** One whose receive buffer is of the given size, or the system's own size for zero. */
  static DemoSocket to(int port, int receiveBytes) {
    try {
      Socket socket = new Socket();
      if (receiveBytes > 0) {
        socket.setReceiveBufferSize(receiveBytes);
      }
      socket.connect(new InetSocketAddress(DemoServer.HOST, port), DemoServer.PATIENCE_MILLIS);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(DemoServer.PATIENCE_MILLIS);
      return new DemoSocket(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One command as an array of bulk strings, the form in which clients send. */
  static String command(String... words) {
    var text = new StringBuilder().append('*').append(words.length).append("\r\n");
    for (String word : words) {
      text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    return text.toString();
  }

  DemoSocket send(String text) {
    return send(text.getBytes(ISO_8859_1));
  }

  DemoSocket send(byte[] bytes) {
    try {
      out.write(bytes);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends one command and returns its reply as {@link #next} does. */
  String ask(String... words) {
    return send(command(words)).next();
  }

  /** As {@link #ask}, with the words of the line. */
  String askLine(String line) {
    return ask(line.split(" "));
  }

  /**
   * The next whole reply as it came, without its last line end and with a space for every other: an
   * array of two is {@code *2 $1 a $-1}.
   */
  String next() {
    return nextOrEnd().orElseThrow(() -> new AssertionError("the server closed instead"));
  }

  /** The next whole reply, or nothing if the connection has ended; half a reply is an error. */
  Optional<String> nextOrEnd() {
    try {
      in.mark(1);
      if (in.read() < 0) {
        return Optional.empty();
      }
      in.reset();
      var raw = new ByteArrayOutputStream();
      copyReply(raw);
      String text = raw.toString(ISO_8859_1);
      return Optional.of(text.substring(0, text.length() - 2).replace("\r\n", " "));
    } catch (EOFException e) {
      throw new AssertionError("the connection ended inside a reply", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads one bulk string of exactly the length of {@code into}. */
  void nextBulk(byte[] into) {
    try {
      var header = new ByteArrayOutputStream();
      String line = copyLine(header);
      if (!line.equals("$" + into.length)) {
        throw new AssertionError("expected a bulk string of " + into.length + ", got " + line);
      }
      if (in.readNBytes(into, 0, into.length) < into.length || !copyLine(header).isEmpty()) {
        throw new AssertionError("the bulk string is not " + into.length + " bytes long");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everything up to the end of the connection, which the server must close in order. */
  String rest() {
    try {
      return new String(in.readAllBytes(), ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads that many bytes, of whatever they are part. */
  String part(int bytes) {
    try {
      return new String(in.readNBytes(bytes), ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Says that no more will be sent; replies can still be read. */
  void endOutput() {
    try {
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the connection with a reset instead of in order, as a client that dies does. */
  void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void copyReply(ByteArrayOutputStream raw) throws IOException {
    String line = copyLine(raw);
    switch (line.charAt(0)) {
      case '$', '=' -> copyBulk(count(line), raw);
      case '*', '~', '>' -> copyReplies(count(line), raw);
      case '%' -> copyReplies(2 * count(line), raw);
      case '+', '-', ':', '_', '#', ',', '(' -> {}
      default -> throw new AssertionError("no reply begins like this: " + line);
    }
  }

  private static int count(String line) {
    return Integer.parseInt(line.substring(1));
  }

  private void copyReplies(int count, ByteArrayOutputStream raw) throws IOException {
    for (int i = 0; i < count; i++) {
      copyReply(raw);
    }
  }

  private void copyBulk(int length, ByteArrayOutputStream raw) throws IOException {
    if (length < 0) {
      return;
    }
    byte[] bytes = in.readNBytes(length + 2);
    if (bytes.length < length + 2) {
      throw new EOFException();
    }
    if (bytes[length] != '\r' || bytes[length + 1] != '\n') {
      throw new AssertionError("a bulk string is longer than it says");
    }
    raw.writeBytes(bytes);
  }

  private String copyLine(ByteArrayOutputStream raw) throws IOException {
    var line = new StringBuilder();
    int last = 0;
    for (int b = in.read(); b >= 0; b = in.read()) {
      raw.write(b);
      if (last == '\r' && b == '\n') {
        return line.substring(0, line.length() - 1);
      }
      line.append((char) b);
      last = b;
    }
    throw new EOFException();
  }
}
