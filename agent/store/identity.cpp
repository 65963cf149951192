// SPDX-License-Identifier: MIT
#include "store/identity.hpp"

#include "envkeep/core/json.hpp"
#include "envkeep/core/text.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/core/version.hpp"
#include "envkeep/store/layout.hpp"
#include "envkeep/store/fields.hpp"

#include <fmt/format.h>

#include <utility>

namespace envkeep::store {
namespace {

constexpr std::uint64_t largest_identity = 64U << 10U;

tl::unexpected<Error> missing(std::string message, std::string hint) {
    return failure(ErrorKind::store_missing, std::move(message), std::move(hint));
}

Result<Identity> parse_identity(const std::string& text, const std::string& path) {
    const std::string cure = fmt::format(
        "the data beside it is untouched: 'mv {0} {0}.damaged', then 'envkeep init' writes a new "
        "one",
        shell_quoted(path));
    const auto json = Json::parse(text);
    if (!json || json->as_object() == nullptr) {
        return missing(fmt::format("{} is cut short or damaged", quoted(path)), cure);
    }
    const std::int64_t layout = json->number_or("layout", 0);
    if (layout > layout_version) {
        return missing(
            fmt::format("{} tells of layout {}, and this envkeep knows layouts up to {}",
                        quoted(path),
                        layout,
                        layout_version),
            "use the newer envkeep that made this store: it lies in 'bin/envkeep' beside the file");
    }
    Identity identity{.id = bytes_member(*json, "id"), .created = bytes_member(*json, "created")};
    if (layout < 1 || identity.id.empty()) {
        return missing(fmt::format("{} names no store", quoted(path)), cure);
    }
    return identity;
}

// Why store.json could not be read.
tl::unexpected<Error> unreadable(const system::Place& file,
                                 Error reading,
                                 system::FileReader& files) {
    const std::string path = files.absolute(file);
    const auto status = files.status(file);
    if (status && status->kind == system::Kind::absent) {
        return missing(fmt::format("{} is missing, so this is no store of envkeep", quoted(path)),
                       "if it was one: 'envkeep init' writes it anew and leaves all else as it is");
    }
    if (status && status->kind == system::Kind::link) {
        return missing(fmt::format("{} is a link, and a store is never known by one", quoted(path)),
                       "put the file itself there");
    }
    reading.kind = ErrorKind::store_missing;
    return tl::unexpected(std::move(reading).while_doing("reading the identity of the store"));
}

}  // namespace

Result<Identity> read_identity(const system::Place& file, system::FileReader& files) {
    auto text = files.read_file(file, largest_identity);
    if (!text) {
        return unreadable(file, std::move(text).error(), files);
    }
    return parse_identity(*text, files.absolute(file));
}

std::string new_identity(const system::Machine& machine) {
    Json json = Json::object();
    json.set("id", json_bytes(machine.random_id()));
    json.set("created", utc_text(machine.now()));
    json.set("layout", layout_version);
    json.set("envkeep", version());
    return json.pretty() + '\n';
}

}  // namespace envkeep::store
