#include "contracts/fields/write.h"

namespace contracts {

namespace {

class Writer final : public FieldVisitor {
public:
    explicit Writer(Json& object) : object_(object) {}

    void text(const Field& f, std::string& m, bool& present) override { put(f, m, present); }
    void integer(const Field& f, std::int64_t& m, bool& present) override { put(f, m, present); }
    void real(const Field& f, double& m, bool& present) override { put(f, m, present); }
    void boolean(const Field& f, bool& m, bool& present) override { put(f, m, present); }
    void instant(const Field& f, Timestamp& m, bool& present) override {
        put(f, format_timestamp(m), present);
    }
    void choice(const Field& f, std::size_t& index, Choices names, bool& present) override {
        put(f, std::string(names[index]), present);
    }
    void texts(const Field& f, std::vector<std::string>& m, bool& present) override {
        put(f, m, present);
    }
    void choice_list(const Field& f, std::vector<std::size_t>& m, Choices names,
                     bool& present) override {
        Json list = Json::array();
        for (const std::size_t index : m)
            list.push_back(std::string(names[index]));
        put(f, std::move(list), present);
    }
    void table(const Field& f, std::map<std::string, std::string>& m, bool& present) override {
        put(f, m, present);
    }
    void document(const Field& f, Json& m, bool& present) override { put(f, m, present); }
    void group(const Field& f, Group& nested, bool& present) override {
        if (present) put(f, write_group(nested), present);
    }

private:
    void put(const Field& field, Json value, bool present) {
        if (present) object_[std::string(field.name)] = std::move(value);
    }

    Json& object_;
};

}  // namespace

Json write_group(Group& group) {
    Json object = Json::object();
    Writer writer(object);
    FieldList fields(writer);
    group.visit(fields);
    return object;
}

}  // namespace contracts
