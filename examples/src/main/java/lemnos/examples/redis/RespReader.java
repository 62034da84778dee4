package lemnos.examples.redis;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes commands out of what one client sends, however it is cut into pieces.
 *
 * <p>Input is first copied into an array of the reader's own, where it is parsed; the copy costs
 * far less than asking a buffer for one byte at a time. Only a bulk too long for that array goes
 * straight into an array for itself, which grows as the bytes come in. What has been parsed is
 * never looked at again, except for a length that is not complete, which has at most some twenty
 * bytes.
 */
final class RespReader {
  /** The longest string a client may send. */
  static final int BULK_LIMIT = 512 * 1024 * 1024;

  /** The most arguments a command may have, with its name. */
  static final int ARRAY_LIMIT = 1024 * 1024;

  /** The most bytes of an inline command, without its line feed. */
  static final int INLINE_LIMIT = 64 * 1024;

  /** The most bytes that all arguments of one command may have together. */
  static final long COMMAND_LIMIT = 1024 * 1024 * 1024;

  private static final int SMALLEST_BUFFER = 128;
  private static final int LARGEST_BUFFER = 16 * 1024;

  /** A bulk up to this long is waited for in the buffer. */
  private static final int SHORT_BULK = LARGEST_BUFFER / 4;

  /** A longer bulk begins with an array no longer than this, or than what has come already. */
  private static final int FIRST_BULK = 64 * 1024;

  private static final int FIRST_ARGS = 1024;
  private static final byte[] NO_BYTES = {};
  private static final byte[][] NO_ARGS = {};
  private static final int INCOMPLETE = -1;
  private static final int LONGEST_NUMBER = 20;
  private static final String INVALID_ARRAY = "invalid multibulk length";
  private static final String INVALID_BULK = "invalid bulk length";

  private final KeyHash hash;
  private final long commandLimit;

  /** Bytes from {@code at} to {@code end} have come and are not parsed. */
  private byte[] buffer = NO_BYTES;

  private int at;
  private int end;

  /** How far an inline command has been searched for its end, from {@code at}. */
  private int searched;

  /** Bytes to be passed over: the line end of a long bulk. */
  private int skip;

  /** The command that is being read; {@code spec} is null until its name has come. */
  private @Nullable CommandSpec spec;

  private byte[][] args = NO_ARGS;
  private int argCount;
  private int elementsLeft;
  private long commandBytes;

  /** The length of the bulk that is being read, if that is known. */
  private int bulkLength = INCOMPLETE;

  /** A long bulk, and how much of it has come. */
  private byte @Nullable [] longBulk;

  private int longBulkCount;

  RespReader(KeyHash hash) {
    this(hash, COMMAND_LIMIT);
  }

  /**
   * @param commandLimit instead of {@link #COMMAND_LIMIT}
   */
  RespReader(KeyHash hash, long commandLimit) {
    this.hash = hash;
    this.commandLimit = commandLimit;
  }

  /**
   * The next command, or null if more bytes are needed. Then all of {@code in} has been read; until
   * then the reader may have read more of it than the commands it has returned.
   */
  @Nullable Command next(ByteBuf in) throws ProtocolError {
    do {
      Command command = parse();
      if (command != null) {
        return command;
      }
    } while (fill(in));
    return null;
  }

  private @Nullable Command parse() throws ProtocolError {
    while (skip == 0 || passOver()) {
      if (elementsLeft > 0) {
        if (!element()) {
          return null;
        }
      } else if (spec != null) {
        return complete(spec);
      } else if (at == end || !begin()) {
        return null;
      }
    }
    return null;
  }

  /** Whether all bytes to be passed over have come. */
  private boolean passOver() {
    int count = Math.min(skip, end - at);
    at += count;
    skip -= count;
    return skip == 0;
  }

  private Command complete(CommandSpec whose) {
    assert argCount == args.length;
    Command command = new Command(whose, args, hash);
    spec = null;
    args = NO_ARGS;
    argCount = 0;
    commandBytes = 0;
    return command;
  }

  /** Reads the beginning of a command; false if more of it must come first. */
  private boolean begin() throws ProtocolError {
    if (buffer[at] == '*') {
      return arrayHeader();
    }
    int lineEnd = inlineEnd();
    if (lineEnd == INCOMPLETE) {
      return false;
    }
    inline(lineEnd);
    return true;
  }

  /** Reads how many elements follow; none at all is no command. */
  private boolean arrayHeader() throws ProtocolError {
    if (at + 1 < end && buffer[at + 1] == '-') {
      return negativeArrayHeader();
    }
    int length = length(ARRAY_LIMIT, INVALID_ARRAY);
    if (length == INCOMPLETE) {
      return false;
    }
    elementsLeft = length;
    if (length > 1) {
      args = new byte[Math.min(length - 1, FIRST_ARGS)][];
    }
    return true;
  }

  /** As Redis does: a command of fewer than no elements is passed over. */
  private boolean negativeArrayHeader() throws ProtocolError {
    int p = at + 2;
    while (p < end && buffer[p] >= '0' && buffer[p] <= '9') {
      p++;
    }
    byte[] number = Arrays.copyOfRange(buffer, at + 1, p);
    boolean valid = p == end || (buffer[p] == '\r' && Decimal.isLong(number));
    if (!valid || number.length > LONGEST_NUMBER) {
      throw new ProtocolError(INVALID_ARRAY);
    }
    if (p + 1 >= end) {
      return false;
    }
    at = p + 2;
    return true;
  }

  /** Reads one element as far as it has come; whether that is all of it. */
  private boolean element() throws ProtocolError {
    if (bulkLength == INCOMPLETE && !bulkHeader()) {
      return false;
    }
    int length = bulkLength;
    if (end - at >= length + 2) {
      take(length);
      at += length + 2;
    } else if (longBulk != null || length > SHORT_BULK) {
      return longElement(length);
    } else {
      return false;
    }
    bulkLength = INCOMPLETE;
    elementsLeft--;
    return true;
  }

  private boolean bulkHeader() throws ProtocolError {
    if (at == end) {
      return false;
    }
    if (buffer[at] != '$') {
      throw new ProtocolError("expected '$', got '" + (char) (buffer[at] & 0xff) + "'");
    }
    bulkLength = length(BULK_LIMIT, INVALID_BULK);
    if (bulkLength == INCOMPLETE) {
      return false;
    }
    commandBytes += bulkLength;
    if (commandBytes > commandLimit) {
      throw new ProtocolError("too big command");
    }
    return true;
  }

  /** The number between a type byte and its line end, of which the line feed is not looked at. */
  private int length(int limit, String fault) throws ProtocolError {
    int first = at + 1;
    if (end - first >= 4) { // nearly always one digit or two
      int tens = buffer[first] - '0';
      int ones = buffer[first + 1] - '0';
      if (tens > 0 && tens <= 9 && ones == '\r' - '0') {
        at = first + 3;
        return tens;
      }
      if (tens > 0 && tens <= 9 && ones >= 0 && ones <= 9 && buffer[first + 2] == '\r') {
        at = first + 4;
        return tens * 10 + ones;
      }
    }
    return anyLength(first, limit, fault);
  }

  private int anyLength(int first, int limit, String fault) throws ProtocolError {
    int p = first;
    long number = 0;
    while (p < end) {
      int digit = buffer[p] - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      number = number * 10 + digit;
      p++;
      if (number > limit || (number < 10 && p - first > 1)) {
        throw new ProtocolError(fault);
      }
    }
    if (p < end && (buffer[p] != '\r' || p == first)) {
      throw new ProtocolError(fault);
    }
    if (p + 1 >= end) {
      return INCOMPLETE;
    }
    at = p + 2;
    return (int) number;
  }

  /** Takes the element that lies whole at {@code at}. */
  private void take(int length) throws ProtocolError {
    if (spec == null) {
      CommandSpec found = CommandTable.find(buffer, at, length);
      spec = found != null ? found : unknown(Arrays.copyOfRange(buffer, at, at + length));
    } else {
      addArg(Arrays.copyOfRange(buffer, at, at + length));
    }
  }

  private void addArg(byte[] arg) {
    if (argCount == args.length) {
      int most = argCount + elementsLeft;
      args = Arrays.copyOf(args, Math.min(2 * argCount, most));
    }
    args[argCount++] = arg;
  }

  /** A name with which a browser speaks HTTP is an attack from a web page; Redis closes as well. */
  private static CommandSpec unknown(byte[] name) throws ProtocolError {
    if (Ascii.same("post", name) || Ascii.same("host:", name)) {
      throw new ProtocolError("this is HTTP");
    }
    return CommandSpec.unknown(name);
  }

  private boolean longElement(int length) throws ProtocolError {
    byte[] bulk = longBulk;
    if (bulk == null) {
      bulk = new byte[Math.min(length, Math.max(FIRST_BULK, end - at))];
      longBulk = bulk;
    }
    int count = Math.min(length - longBulkCount, end - at);
    System.arraycopy(buffer, at, bulk, longBulkCount, count);
    at += count;
    longBulkCount += count;
    if (longBulkCount < length) {
      return false;
    }
    if (spec == null) {
      spec = unknown(bulk);
    } else {
      addArg(bulk);
    }
    longBulk = null;
    longBulkCount = 0;
    skip = 2;
    bulkLength = INCOMPLETE;
    elementsLeft--;
    return true;
  }

  /** Where the line feed is, or {@code INCOMPLETE}. */
  private int inlineEnd() throws ProtocolError {
    int p = at + searched;
    int stop = Math.min(end, at + INLINE_LIMIT + 1);
    while (p < stop && buffer[p] != '\n') {
      p++;
    }
    searched = p - at;
    if (searched > INLINE_LIMIT) {
      throw new ProtocolError("too big inline request");
    }
    return p < end ? p : INCOMPLETE;
  }

  private void inline(int lineEnd) throws ProtocolError {
    List<byte[]> words = InlineWords.of(buffer, at, lineEnd);
    at = lineEnd + 1;
    searched = 0;
    if (words.isEmpty()) {
      return;
    }
    byte[] name = words.getFirst();
    CommandSpec found = CommandTable.find(name, 0, name.length);
    spec = found != null ? found : unknown(name);
    args = words.subList(1, words.size()).toArray(NO_ARGS);
    argCount = args.length;
  }

  /** Moves more input into the reader; false if there is none. */
  private boolean fill(ByteBuf in) {
    int readable = in.readableBytes();
    if (readable == 0) {
      return false;
    }
    if (longBulk != null) {
      fillLongBulk(longBulk, in, readable);
      return true;
    }
    makeRoom(readable);
    int count = Math.min(readable, buffer.length - end);
    in.readBytes(buffer, end, count);
    end += count;
    return true;
  }

  private void fillLongBulk(byte[] bulk, ByteBuf in, int readable) {
    byte[] target = bulk;
    if (longBulkCount == target.length) {
      int doubled = (int) Math.min(bulkLength, 2L * target.length);
      target = Arrays.copyOf(target, doubled);
      longBulk = target;
    }
    int count = Math.min(readable, target.length - longBulkCount);
    in.readBytes(target, longBulkCount, count);
    longBulkCount += count;
  }

  /**
   * Makes room behind what is not parsed yet, for all that is readable if the buffer may be that
   * large. Bytes are moved only where that frees half of it, so each is moved twice at most.
   */
  private void makeRoom(int readable) {
    int unread = end - at;
    if (unread == 0) {
      at = 0;
      end = 0;
      buffer = buffer.length > LARGEST_BUFFER ? NO_BYTES : buffer;
    }
    if (buffer.length - end >= readable) {
      return;
    }
    int size = Math.max(2 * unread, Math.min(unread + readable, LARGEST_BUFFER));
    byte[] target = size <= buffer.length ? buffer : new byte[powerOfTwo(size)];
    System.arraycopy(buffer, at, target, 0, unread);
    buffer = target;
    at = 0;
    end = unread;
  }

  private static int powerOfTwo(int atLeast) {
    return Integer.highestOneBit(Math.max(atLeast, SMALLEST_BUFFER) - 1) << 1;
  }
}
