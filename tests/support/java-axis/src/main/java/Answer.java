import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.Map;

/** What a caller of the axis' library gets to see of an answer: its reading rules, which lose more than a careful reader would. */
final class Answer {
  private static final String[] ENVELOPE = {"status", "ErrorCode", "ErrorDesc"};

  private Answer() {}

  /** The object that the caller gets, or null. */
  static JsonElement read(String operation, String text) {
    JsonElement parsed;
    try {
      parsed = text.isEmpty() ? new JsonObject() : new JsonParser().parse(text);
    } catch (RuntimeException notJson) {
      return operation.equals("getReceivedEdocList") ? emptySuccess() : JsonNull.INSTANCE;
    }
    if (!parsed.isJsonObject()) return operation.equals("getReceivedEdocList") ? emptySuccess() : JsonNull.INSTANCE;
    JsonObject given = parsed.getAsJsonObject();
    JsonObject seen = new JsonObject();
    for (String name : ENVELOPE) if (!copied(given, seen, name)) return new JsonObject();
    if (operation.equals("sendEdoc") && !copied(given, seen, "DocId")) return new JsonObject();
    boolean good = given.get("ErrorCode").getAsString().equals("0");
    if (operation.startsWith("count") && !given.get("status").getAsString().equals("FAIL")) {
      seen.addProperty("count", given.has("count") ? given.get("count").getAsInt() : 0);
    }
    if (operation.equals("getEdoc")) copied(given, seen, "data");
    else if (good && given.has("data")) seen.add("data", list(given.get("data")));
    return seen;
  }

  private static boolean copied(JsonObject from, JsonObject to, String name) {
    if (!from.has(name) || from.get(name).isJsonNull()) return false;
    to.addProperty(name, from.get(name).getAsString());
    return true;
  }

  /** One value that is no text, number or boolean, and the whole list is lost. */
  private static JsonElement list(JsonElement data) {
    if (!data.isJsonArray()) return JsonNull.INSTANCE;
    JsonArray items = data.getAsJsonArray();
    for (JsonElement item : items) {
      for (Map.Entry<String, JsonElement> field : item.getAsJsonObject().entrySet()) {
        if (!field.getValue().isJsonPrimitive()) return JsonNull.INSTANCE;
      }
    }
    return items;
  }

  private static JsonObject emptySuccess() {
    JsonObject success = new JsonObject();
    success.addProperty("status", "OK");
    success.addProperty("ErrorCode", "0");
    success.addProperty("ErrorDesc", "Success");
    success.add("data", new JsonArray());
    return success;
  }
}
