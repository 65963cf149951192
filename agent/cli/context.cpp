// SPDX-License-Identifier: MIT
#include "cli/context.hpp"

#include "envkeep/core/text.hpp"
#include "envkeep/store/layout.hpp"

#include <fmt/format.h>

namespace envkeep::cli {
namespace {

// A path inside the captured machine; one typed with the folder of the machine before it is meant
// so too.
std::string path_inside(const std::string& root, const std::string& typed) {
    const bool has_root = typed.starts_with(root) && typed.size() > root.size() &&
                          (root.ends_with('/') || typed[root.size()] == '/');
    const std::string path = has_root ? typed.substr(root.size()) : typed;
    return path.starts_with('/') ? path : "/" + path;
}

}  // namespace

Result<engine::World> Context::world() {
    if (!world_) {
        Result<engine::World> made = outside_.make_world(globals_.options.root);
        if (!made) {
            Error error = std::move(made).error();
            if (globals_.options.root) {
                error.kind = ErrorKind::usage;
                error.hint = "name a folder with a machine; of a capture: tar -xf FILE -C DIR";
            }
            return tl::unexpected(std::move(error).while_doing("opening the machine"));
        }
        world_.emplace(*made);
    }
    return *world_;
}

engine::MakeWorld Context::make_world() const {
    return [this] { return outside_.make_world(std::nullopt).value(); };
}

Result<engine::Options> Context::options() {
    engine::Options options = globals_.options;
    for (std::optional<std::string>* path : {&options.store, &options.home, &options.manifest}) {
        if (*path) {
            ENVKEEP_TRY(*path, absolute_path(**path));
        }
    }
    return options;
}

Result<std::string> Context::absolute_path(const std::string& typed) {
    if (const std::optional<std::string>& root = globals_.options.root) {
        return path_inside(*root, typed);
    }
    if (typed.starts_with('/')) {
        return typed;
    }
    ENVKEEP_TRY(const engine::World world, this->world());
    ENVKEEP_TRY(const std::string here, world.files.real_path("."));
    return (here == "/" ? "" : here) + "/" + typed;
}

void Context::watch_store() {
    if (!globals_.options.root && !slow_store_) {
        slow_store_.emplace(
            outside_.err,
            globals_.options.store.value_or(outside_.variable("ENVKEEP_STORE").value_or("")));
    }
}

Result<engine::Session> Context::session() {
    ENVKEEP_TRY(const engine::World world, this->world());
    ENVKEEP_TRY(const engine::Options options, this->options());
    const SteadyTime begin = world.machine.steady_now();
    const bool is_watched = slow_store_.has_value();
    if (outside_.err.is_terminal()) {  // where somebody waits: a thread costs a part of a short run
        watch_store();
    }
    Result<engine::Session> opened = engine::open_session(world, options);
    if (!is_watched) {
        slow_store_.reset();
    }
    ENVKEEP_TRY(engine::Session session, std::move(opened));
    timings_.push_back({.name = "open", .took = world.machine.steady_now() - begin});
    return session;
}

std::vector<engine::Timing> Context::timings(std::vector<engine::Timing> others) const {
    others.insert(others.begin(), timings_.begin(), timings_.end());
    return others;
}

AbsoluteOf Context::absolute_of() const {
    return [world = world_](const system::Place& place) { return world->files.absolute(place); };
}

View Context::view(std::string home) const {
    View view = view_of(command_.output == StandardOutput::data ? outside_.err : outside_.out);
    view.home = std::move(home);
    return view;
}

View Context::view(const engine::Session& session) const {
    View of_session = view(session.home_path);
    if (!globals_.verbose) {
        of_session.kept = fmt::format("{}/{}", session.store.path, store::names::home);
    }
    return of_session;
}

View Context::error_view() const {
    return view_of(outside_.err);
}

View Context::view_of(const system::Output& output) const {
    View view{.verbose = globals_.verbose, .quiet = globals_.quiet};
    if (!globals_.json && output.is_terminal()) {
        view.width = static_cast<std::size_t>(output.width());
        view.colour = outside_.variable("NO_COLOR").value_or("").empty() &&
                      outside_.variable("TERM").value_or("") != "dumb";
    }
    return view;
}

engine::Listener Context::listener() {
    if (globals_.quiet || !outside_.err.is_terminal()) {
        return {};
    }
    progress_.emplace(outside_.err);
    return progress_->listener();
}

}  // namespace envkeep::cli
