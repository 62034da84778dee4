package lemnos.house;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedArrayType;
import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.AnnotatedTypeVariable;
import java.lang.reflect.AnnotatedWildcardType;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The text form of an API: a line for each type, followed by an indented line for each of its
 * members, both sorted; with type parameters and nullness, without parameter names.
 */
final class ApiListing {
  private static final Set<String> OF_EVERY_TYPE =
      Set.of(" equals(Object)", " hashCode()", " toString()", " values()", " valueOf(String)");

  /** Overloads stand together: by the word before the parameters, then by the whole line. */
  private static final Comparator<String> BY_NAME =
      Comparator.<String, String>comparing(
              line -> line.replaceFirst("\\(.*", "").replaceFirst(".* ", ""))
          .thenComparing(Comparator.naturalOrder());

  private ApiListing() {}

  static List<String> of(List<Class<?>> types) {
    List<String> lines = new ArrayList<>();
    for (Class<?> type : types.stream().sorted(Comparator.comparing(Class::getName)).toList()) {
      lines.add(header(type));
      members(type).sorted(BY_NAME).map(line -> "  " + line).forEach(lines::add);
      lines.add("");
    }
    return lines;
  }

  /** Whether code of another module can name the type. */
  static boolean isVisible(Class<?> type) {
    Class<?> outer = type.getDeclaringClass();
    return !type.isSynthetic()
        && !type.isAnonymousClass()
        && !type.isLocalClass()
        && isVisible(type.getModifiers())
        && (outer == null || isVisible(outer));
  }

  private static boolean isVisible(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }

  private static String header(Class<?> type) {
    String line =
        kind(type) + " " + type.getCanonicalName() + typeParameters(type.getTypeParameters());
    if (type.isRecord()) {
      line += components(type);
    }
    AnnotatedType superclass = type.getAnnotatedSuperclass();
    if (superclass != null && !type.isRecord() && !type.isEnum() && !isObject(superclass)) {
      line += " extends " + type(superclass);
    }
    if (type.getAnnotatedInterfaces().length > 0) {
      line += type.isInterface() ? " extends " : " implements ";
      line += types(type.getAnnotatedInterfaces());
    }
    if (type.isSealed()) {
      Class<?>[] permitted = type.getPermittedSubclasses();
      Class<?>[] shown =
          Stream.of(permitted).filter(ApiListing::isVisible).toArray(Class<?>[]::new);
      line += shown.length == 0 ? "" : " permits " + joined(shown, ApiListing::name);
    }
    return line;
  }

  private static String kind(Class<?> type) {
    if (type.isAnnotation()) {
      return "annotation";
    }
    if (type.isInterface()) {
      return type.isSealed() ? "sealed interface" : "interface";
    }
    if (type.isRecord()) {
      return "record";
    }
    if (type.isEnum()) {
      return "enum";
    }
    int shown = type.getModifiers() & (Modifier.ABSTRACT | Modifier.FINAL);
    return ((type.isSealed() ? "sealed " : "") + Modifier.toString(shown) + " class").strip();
  }

  private static String components(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    return "(" + joined(components, c -> type(c.getAnnotatedType()) + " " + c.getName()) + ")";
  }

  private static Stream<String> members(Class<?> type) {
    return Stream.of(
            visible(type.getDeclaredFields()).map(ApiListing::field),
            visible(type.getDeclaredConstructors()).map(ApiListing::constructor),
            visible(type.getDeclaredMethods()).map(ApiListing::method))
        .flatMap(lines -> lines)
        .filter(line -> OF_EVERY_TYPE.stream().noneMatch(line::endsWith));
  }

  private static <M extends Member> Stream<M> visible(M[] members) {
    return Arrays.stream(members).filter(m -> isVisible(m.getModifiers()) && !m.isSynthetic());
  }

  private static String field(Field field) {
    return modifiers(field, Modifier.STATIC | Modifier.FINAL)
        + type(field.getAnnotatedType())
        + " "
        + field.getName();
  }

  private static String constructor(Constructor<?> constructor) {
    return modifiers(constructor, 0)
        + typeParameters(constructor.getTypeParameters())
        + constructor.getDeclaringClass().getSimpleName()
        + parameters(constructor);
  }

  private static String method(Method method) {
    String parameters = typeParameters(method.getTypeParameters());
    return modifiers(method, Modifier.STATIC)
        + (method.isDefault() ? "default " : "")
        + (parameters.isEmpty() ? "" : parameters + " ")
        + type(method.getAnnotatedReturnType())
        + " "
        + method.getName()
        + parameters(method);
  }

  private static String modifiers(Member member, int shown) {
    String text = Modifier.toString(member.getModifiers() & (shown | Modifier.PROTECTED));
    return text.isEmpty() ? "" : text + " ";
  }

  private static String parameters(Executable executable) {
    String parameters = "(" + types(executable.getAnnotatedParameterTypes()) + ")";
    AnnotatedType[] thrown = executable.getAnnotatedExceptionTypes();
    return thrown.length == 0 ? parameters : parameters + " throws " + types(thrown);
  }

  private static String typeParameters(TypeVariable<?>[] variables) {
    return variables.length == 0 ? "" : "<" + joined(variables, ApiListing::typeParameter) + ">";
  }

  private static String typeParameter(TypeVariable<?> variable) {
    AnnotatedType[] bounds = variable.getAnnotatedBounds();
    if (bounds.length == 1 && isObject(bounds[0]) && bounds[0].getAnnotations().length == 0) {
      return variable.getName();
    }
    String text = Arrays.stream(bounds).map(ApiListing::type).collect(Collectors.joining(" & "));
    return variable.getName() + " extends " + text;
  }

  private static String types(AnnotatedType[] types) {
    return joined(types, ApiListing::type);
  }

  private static String type(AnnotatedType type) {
    String marks = marks(type);
    return switch (type) {
      case AnnotatedArrayType array ->
          type(array.getAnnotatedGenericComponentType())
              + (marks.isEmpty() ? "" : " " + marks)
              + "[]";
      case AnnotatedParameterizedType generic ->
          marks
              + name((Class<?>) ((ParameterizedType) generic.getType()).getRawType())
              + "<"
              + types(generic.getAnnotatedActualTypeArguments())
              + ">";
      case AnnotatedWildcardType wildcard -> marks + wildcard(wildcard);
      case AnnotatedTypeVariable variable -> marks + variable.getType().getTypeName();
      default -> marks + name((Class<?>) type.getType());
    };
  }

  private static String wildcard(AnnotatedWildcardType wildcard) {
    AnnotatedType[] lower = wildcard.getAnnotatedLowerBounds();
    if (lower.length > 0) {
      return "? super " + types(lower);
    }
    AnnotatedType[] upper = wildcard.getAnnotatedUpperBounds();
    boolean unbounded =
        upper.length == 0 || (isObject(upper[0]) && upper[0].getAnnotations().length == 0);
    return unbounded ? "?" : "? extends " + types(upper);
  }

  private static String marks(AnnotatedType type) {
    return Arrays.stream(type.getAnnotations())
        .map(Annotation::annotationType)
        .map(mark -> "@" + mark.getSimpleName() + " ")
        .sorted()
        .collect(Collectors.joining());
  }

  /** The name without its package where that is java.lang or one of ours. */
  private static String name(Class<?> type) {
    String packageName = type.getPackageName();
    boolean isShort = packageName.equals("java.lang") || packageName.startsWith("lemnos.");
    String name = type.getTypeName().replace('$', '.');
    return isShort && !type.isPrimitive() ? name.substring(packageName.length() + 1) : name;
  }

  private static boolean isObject(AnnotatedType type) {
    Type plain = type.getType();
    return plain.equals(Object.class);
  }

  private static <T> String joined(T[] parts, Function<T, String> text) {
    return Arrays.stream(parts).map(text).collect(Collectors.joining(", "));
  }
}
