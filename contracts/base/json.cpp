#include "contracts/base/json.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace contracts {

namespace {

// Builds the document from the parser's events, or the reason why there is none. Returning false
// stops the parser; nothing throws.
class Builder final : public Json::json_sax_t {
public:
    bool null() override { return put(nullptr); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(std::int64_t value) override { return put(value); }
    bool number_unsigned(std::uint64_t value) override { return put(value); }
    bool number_float(double value, const std::string&) override { return put(value); }
    bool string(std::string& value) override { return put(std::move(value)); }
    bool binary(Json::binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Json::value_t::object); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(Json::value_t::array); }
    bool end_array() override { return close(); }
    bool key(std::string& name) override {
        member_ = &(*open_.back())[std::move(name)];
        return true;
    }
    bool parse_error(std::size_t byte, const std::string&,
                     const nlohmann::detail::exception& error) override {
        constexpr int kNumberOverflow = 406;
        const bool encoding =
            std::string_view(error.what()).find("UTF-8") != std::string_view::npos;
        reason_ = error.id == kNumberOverflow
                      ? "not valid JSON: a number is out of range"
                      : std::string(encoding ? "not valid UTF-8" : "not valid JSON") + " at byte " +
                            std::to_string(byte);
        return false;
    }

    Json& document() { return document_; }
    const std::string& reason() const { return reason_; }

private:
    // Where the next value belongs.
    Json& place() {
        if (open_.empty()) return document_;
        Json& parent = *open_.back();
        if (parent.is_object()) return *member_;
        parent.push_back(nullptr);
        return parent.back();
    }
    bool put(Json value) {
        place() = std::move(value);
        return true;
    }
    bool open(Json::value_t type) {
        if (open_.size() == kMaxJsonDepth) {
            reason_ = "JSON nests deeper than " + std::to_string(kMaxJsonDepth) + " levels";
            return false;
        }
        Json& opened = place();
        opened = Json(type);
        open_.push_back(&opened);
        return true;
    }
    bool close() {
        open_.pop_back();
        return true;
    }

    Json document_;
    std::vector<Json*> open_;  // from the outermost; none moves while it is open
    Json* member_ = nullptr;   // of the innermost, when that is an object
    std::string reason_;
};

std::string library_text(const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Writes what the library would, without its virtual call for each character; values that are rare
// or difficult (numbers with a fraction, text with escapes) are left to the library.
void append_tree(std::string& out, const Json& value) {
    char separator = '{';
    if (const auto* object = value.get_ptr<const Json::object_t*>()) {
        for (const auto& [name, member] : *object) {
            out += std::exchange(separator, ',');
            append_json(out, name);
            out += ':';
            append_tree(out, member);
        }
        out += object->empty() ? "{}" : "}";
    } else if (const auto* array = value.get_ptr<const Json::array_t*>()) {
        separator = '[';
        for (const Json& element : *array) {
            out += std::exchange(separator, ',');
            append_tree(out, element);
        }
        out += array->empty() ? "[]" : "]";
    } else if (const auto* text = value.get_ptr<const Json::string_t*>()) {
        append_json(out, *text);
    } else if (value.is_number_unsigned()) {
        out += std::to_string(value.get<std::uint64_t>());
    } else if (value.is_number_integer()) {
        out += std::to_string(value.get<std::int64_t>());
    } else if (value.is_boolean()) {
        out += value.get<bool>() ? "true" : "false";
    } else {
        out += library_text(value);
    }
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
    Builder builder;
    if (Json::sax_parse(text.data(), text.data() + text.size(), &builder))
        return std::move(builder.document());
    return fail(ErrorKind::invalid, builder.reason());
}

std::string dump_json(const Json& document) {
    std::string text;
    append_tree(text, document);
    return text;
}

void append_json(std::string& out, std::string_view text) {
    const auto is_plain = [](char c) {
        return c >= ' ' && c <= '~' && c != '"' && c != '\\';
    };
    if (!std::ranges::all_of(text, is_plain)) {
        out += library_text(Json(std::string(text)));
        return;
    }
    out += '"';
    out.append(text);
    out += '"';
}

std::string text_at(const Json& object, std::string_view key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace contracts
