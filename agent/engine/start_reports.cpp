// SPDX-License-Identifier: MIT
#include "engine/start_reports.hpp"

#include "envkeep/core/text.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace envkeep::engine {

void file_report(const World& world, const store::Store& store, const RenderedReport& report) {
    if (store.is_read_only) {
        return;
    }
    constexpr std::size_t kept = 20;
    const system::Place folder = store.place(store::names::reports);
    const std::string name =
        fmt::format("start-{}-{}.json", utc_text(world.machine.now()), world.machine.random_id());
    static_cast<void>(
        world.writer->overwrite_own_file(folder.child(name), report.json + "\n", 0600));
    const Result<std::vector<system::Entry>> entries = world.files.list(folder);
    if (!entries) {
        return;
    }
    std::vector<std::string> reports;
    for (const system::Entry& entry : *entries) {
        if (entry.kind == system::Kind::file && entry.name.starts_with("start-")) {
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

}  // namespace envkeep::engine
