package lemnos.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Conditions and ranges of RFC 9110 on files, and how they go together. */
@Timeout(300)
final class StaticFilesTest {
  private static final String DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
  private static final String BEFORE = "Sun, 06 Nov 1994 08:49:36 GMT";
  private static final String AFTER = "Sun, 06 Nov 1994 08:49:38 GMT";
  private static final int BIG = 300_000;

  @TempDir private Path folder;
  private byte[] big = {};
  private Served served;
  private String tag;

  @BeforeEach
  void serve() throws Exception {
    Path file = Files.writeString(folder.resolve("a.txt"), "0123456789");
    Files.setLastModifiedTime(file, FileTime.from(Instant.parse("1994-11-06T08:49:37.500Z")));
    Files.createDirectory(folder.resolve("sub"));
    Files.writeString(folder.resolve("sub/index.html"), "<p>sub");
    big = new byte[BIG];
    new Random(7).nextBytes(big);
    Files.write(folder.resolve("big.bin"), big);
    Files.writeString(folder.resolve("big.txt"), "0123456789".repeat(BIG / 10));
    Files.writeString(folder.resolve("empty.txt"), "");
    Files.writeString(folder.resolve("\u00fc b.txt"), "umlaut");
    var router = new Router().get("/{file...}", StaticFiles.in(folder));
    served = Served.by(router.with(new Compression()));
    tag = ask("GET /a.txt").replaceAll("(?s).*etag: (\"[^\r]*\")\r.*", "$1");
  }

  @AfterEach
  void stop() {
    served.close();
  }

  private String ask(String line, String... headers) throws IOException {
    var text = new StringBuilder(line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    for (String header : headers) {
      text.append(header).append("\r\n");
    }
    return served.exchange(text + "\r\n");
  }

  private int status(String... headers) throws IOException {
    return Integer.parseInt(ask("GET /a.txt", headers).substring(9, 12));
  }

  private static byte[] body(String response) {
    return response
        .substring(response.indexOf("\r\n\r\n") + 4)
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aFileThatTheClientHasIsNotSentAgain() throws Exception {
    assertEquals(304, status("If-None-Match: " + tag));
    assertEquals(304, status("If-None-Match: \"x\", W/" + tag));
    assertEquals(304, status("If-None-Match: *"));
    assertEquals(200, status("If-None-Match: \"x\""));
    assertEquals(304, status("If-Modified-Since: " + DATE));
    assertEquals(304, status("If-Modified-Since: " + AFTER));
    assertEquals(200, status("If-Modified-Since: " + BEFORE));
    assertEquals(200, status("If-Modified-Since: yesterday"));
    assertEquals(200, status("If-None-Match: \"x\"", "If-Modified-Since: " + DATE));
    assertEquals(304, status("If-None-Match: " + tag, "If-Modified-Since: " + BEFORE));
    assertThat(ask("GET /a.txt", "If-None-Match: " + tag))
        .contains("etag: " + tag, "last-modified: " + DATE)
        .doesNotContain("content-length", "transfer-encoding")
        .endsWith("\r\n\r\n");
  }

  @Test
  void whoWantsAnotherVersionIsTold() throws Exception {
    assertEquals(200, status("If-Match: " + tag));
    assertEquals(200, status("If-Match: *"));
    assertEquals(412, status("If-Match: \"x\", \"y\""));
    assertEquals(200, status("If-Unmodified-Since: " + DATE));
    assertEquals(412, status("If-Unmodified-Since: " + BEFORE));
    assertEquals(200, status("If-Match: " + tag, "If-Unmodified-Since: " + BEFORE));
    assertEquals(412, status("If-Match: \"x\"", "If-None-Match: " + tag));
  }

  @Test
  void aRangeIsSentIfItIsOfTheSameFile() throws Exception {
    String range = "Range: bytes=2-4";
    assertThat(ask("GET /a.txt", range)).startsWith("HTTP/1.1 206").endsWith("\r\n\r\n234");
    assertEquals(206, status(range, "If-Range: " + tag));
    assertEquals(200, status(range, "If-Range: W/" + tag)); // a weak one does not do
    assertEquals(206, status(range, "If-Range: " + DATE));
    assertEquals(200, status(range, "If-Range: " + AFTER));
    assertEquals(304, status(range, "If-None-Match: " + tag));
    assertEquals(200, status("Range: bytes=0-1,3-4")); // several are served whole
    assertEquals(200, status("Range: lines=0-1"));
    assertEquals(416, status("Range: bytes=10-"));
    assertEquals(206, status("Range: bytes=-100"));
    assertThat(ask("GET /a.txt", "Range: bytes=-0")).contains("content-range: bytes */10");
    assertThat(ask("GET /empty.txt", "Range: bytes=0-")).startsWith("HTTP/1.1 416");
    assertThat(ask("HEAD /a.txt", range))
        .startsWith("HTTP/1.1 200")
        .contains("content-length: 10", "accept-ranges: bytes")
        .endsWith("\r\n\r\n");
  }

  @Test
  void bigFilesArriveWhole() throws Exception {
    assertArrayEquals(big, body(ask("GET /big.bin", "Accept-Encoding: gzip")));
    String part = ask("GET /big.bin", "Range: bytes=100000-", "Accept-Encoding: gzip");
    assertThat(part).contains("content-range: bytes 100000-299999/300000");
    assertArrayEquals(java.util.Arrays.copyOfRange(big, 100_000, BIG), body(part));
    String zipped = ask("GET /big.txt", "Accept-Encoding: gzip");
    assertThat(zipped)
        .contains("content-encoding: gzip", "transfer-encoding: chunked", "etag: W/\"")
        .doesNotContain("content-length");
    assertEquals("0123456789".repeat(BIG / 10), unzipped(body(zipped)));
    assertThat(ask("HEAD /big.txt", "Accept-Encoding: gzip"))
        .contains("content-encoding: gzip")
        .doesNotContain("content-length")
        .endsWith("\r\n\r\n");
    assertThat(ask("GET /a.txt", "Accept-Encoding: gzip")) // too short for it to be worth while
        .contains("content-length: 10")
        .doesNotContain("content-encoding");
  }

  private static String unzipped(byte[] chunks) throws IOException {
    var plain = new java.io.ByteArrayOutputStream();
    var in = new ByteArrayInputStream(chunks);
    while (in.available() > 0) {
      var size = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        size.append((char) c);
      }
      plain.write(in.readNBytes(Integer.parseInt(size.toString().strip(), 16)));
      in.skipNBytes(2);
    }
    var unzipping = new GZIPInputStream(new ByteArrayInputStream(plain.toByteArray()));
    return new String(unzipping.readAllBytes(), StandardCharsets.US_ASCII);
  }

  @Test
  void foldersAndOddNamesAreFound() throws Exception {
    assertThat(ask("GET /sub?a=b"))
        .startsWith("HTTP/1.1 301")
        .containsIgnoringCase("location: /sub/?a=b\r\n");
    assertThat(ask("GET /sub/?a=b")).endsWith("<p>sub");
    assertThat(ask("GET /%C3%BC%20b.txt")).endsWith("umlaut");
    assertThat(ask("GET /a.txt?v=1")).endsWith("0123456789");
    assertThat(ask("POST /a.txt", "Content-Length: 0")).startsWith("HTTP/1.1 405");
    assertThat(ask("GET /empty.txt")).contains("content-length: 0");
    assertThat(ask("GET /" + "x".repeat(5_000))).startsWith("HTTP/1.1 404");
  }
}
