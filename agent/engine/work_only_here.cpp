// SPDX-License-Identifier: MIT
#include "engine/work_only_here.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/find.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

namespace envkeep::engine {
namespace {

constexpr std::size_t most_named = 10;

// As evidence: the first of them, and how many more there are.
std::vector<std::string> some_names(std::vector<std::string> names) {
    const std::size_t more = names.size() - std::min(names.size(), most_named);
    names.resize(names.size() - more);
    for (std::string& name : names) {
        name = printable(name);
    }
    if (more > 0) {
        names.push_back(fmt::format("and {} more", more));
    }
    return names;
}

// What lies where the home does shares its fate; of other disks than the store's nobody knows.
bool ends_with_the_container(const World& world,
                             const Session& session,
                             const std::string& folder) {
    const auto mount_point = [&](const std::string& path) {
        const auto mount =
            store::mount_of(world.machine.real_path(path).value_or(path), world.machine);
        return mount ? mount->point : std::string();
    };
    const std::string point = mount_point(folder);
    return !point.empty() && point == mount_point(session.home_path) &&
           point != mount_point(session.store.path);
}

}  // namespace

std::optional<model::Finding> work_only_here(const World& world,
                                             const Session& session,
                                             const git::Wish& wish,
                                             const git::LocalAccess& local) {
    if (!ends_with_the_container(world, session, wish.folder)) {
        return std::nullopt;
    }
    const Result<git::CopyState> state = git::state_of(wish.folder, local);
    if (!state) {
        return std::nullopt;
    }
    std::vector<std::string> what;
    if (const std::size_t files = state->changed.size() + state->untracked.size(); files > 0) {
        what.push_back(counted(files, "changed or new file"));
    }
    if (state->only_here > 0) {
        what.push_back(counted(state->only_here, "commit"));
    }
    if (what.empty()) {
        return std::nullopt;
    }
    std::vector<std::string> names = state->changed;
    std::ranges::copy(state->untracked, std::back_inserter(names));
    return model::Finding{
        .id = "git-only-here",
        .severity = model::Severity::info,
        .subject = wish.subject,
        .title = fmt::format("only in this container, and not at the remote: {} of {}",
                             fmt::join(what, ", "),
                             wish.subject),
        .evidence = some_names(std::move(names)),
        .fix = {.commands = {"envkeep sync --push " + shell_quoted(wish.subject)},
                .text = "commits and pushes it; or give it a 'dir:' on the storage"}};
}

std::optional<model::Finding> not_committed(const git::Wish& wish, const git::LocalAccess& local) {
    Result<git::CopyState> state = git::state_of(wish.folder, local);
    if (!state || state->changed.empty()) {
        return std::nullopt;
    }
    const std::size_t files = state->changed.size();
    return model::Finding{.id = "git-not-committed",
                          .severity = model::Severity::info,
                          .subject = wish.subject,
                          .title = fmt::format("{} {} changed here, and not committed",
                                               counted(files, "file"),
                                               files == 1 ? "is" : "are"),
                          .evidence = some_names(std::move(state->changed)),
                          .fix = {.commands = {"envkeep sync --push " + shell_quoted(wish.subject)},
                                  .text = "commits and pushes it"}};
}

}  // namespace envkeep::engine
