// SPDX-License-Identifier: MIT
#include "engine/start_reports.hpp"

#include "envkeep/core/digest.hpp"
#include "envkeep/core/json.hpp"
#include "envkeep/core/time.hpp"
#include "envkeep/store/fields.hpp"
#include "envkeep/store/find.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace envkeep::engine {
namespace {

constexpr std::string_view prefix = "start-";

// What the names of one home's reports in one container have in common.
std::string key_of(const system::Container& container, const std::string& home) {
    return digest_of(store::to_json(container).compact() + home).text().substr(0, 16);
}

std::string name_of(const World& world, const Options& options) {
    return fmt::format(
        "{}{}-{}-{}.json",
        prefix,
        utc_text(world.machine.now()),
        key_of(world.machine.container().value_or(system::Container{}),
               store::find_home(options.home, world.machine, world.files).value_or(std::string())),
        world.machine.random_id());
}

}  // namespace

void file_report(const World& world,
                 const Options& options,
                 const store::Store& store,
                 const RenderedReport& report) {
    if (store.is_read_only) {
        return;
    }
    constexpr std::size_t kept = 20;
    const system::Place folder = store.place(store::names::reports);
    const std::string name = name_of(world, options);
    static_cast<void>(
        world.writer->overwrite_own_file(folder.child(name), report.json + "\n", 0600));
    const Result<std::vector<system::Entry>> entries = world.files.list(folder);
    if (!entries) {
        return;
    }
    std::vector<std::string> reports;
    for (const system::Entry& entry : *entries) {
        if (entry.kind == system::Kind::file && entry.name.starts_with(prefix)) {
            reports.push_back(entry.name);
        }
    }
    for (std::size_t i = 0; i + kept < reports.size(); ++i) {
        const Result<system::Status> old = world.files.status(folder.child(reports[i]));
        if (old) {
            static_cast<void>(world.writer->remove_file(folder.child(reports[i]), *old));
        }
    }
}

std::optional<FiledReport> last_report(const World& world, const Session& session) {
    constexpr std::uint64_t largest = std::uint64_t{4} << 20U;
    const system::Place folder = session.store.place(store::names::reports);
    const std::string key = fmt::format("-{}-", key_of(session.container, session.home_path));
    std::string last;
    for (const system::Entry& entry :
         world.files.list(folder).value_or(std::vector<system::Entry>{})) {
        if (entry.name.starts_with(prefix) && entry.name.find(key) != std::string::npos) {
            last = std::max(last, entry.name);
        }
    }
    if (last.empty()) {
        return std::nullopt;
    }
    FiledReport report{.at = last.substr(prefix.size(), last.find(key) - prefix.size()),
                       .problem = {}};
    const Result<std::string> text = world.files.read_file(folder.child(last), largest);
    const Result<Json> json =
        text ? Json::parse(*text) : Result<Json>(tl::unexpected(text.error()));
    const Json* const error = json ? json->find("error") : nullptr;
    if (error != nullptr) {
        report.problem = store::bytes_member(*error, "message");
    }
    return report;
}

}  // namespace envkeep::engine
