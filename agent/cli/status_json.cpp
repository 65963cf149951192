// SPDX-License-Identifier: MIT
#include "cli/backups.hpp"
#include "cli/render_json.hpp"
#include "cli/render_status.hpp"
#include "cli/render_sync.hpp"
#include "envkeep/core/text.hpp"

namespace envkeep::cli {
namespace {

std::string_view name_of(store::LeaseState state) {
    switch (state) {
        case store::LeaseState::stale:
            return "stale";
        case store::LeaseState::dead:
            return "dead";
        case store::LeaseState::live:
            break;
    }
    return "live";
}

std::string_view name_of(engine::StartSeen start) {
    switch (start) {
        case engine::StartSeen::ran:
            return "ran";
        case engine::StartSeen::switched_off:
            return "switched_off";
        case engine::StartSeen::under_way:
            return "under_way";
        case engine::StartSeen::failed:
            return "failed";
        case engine::StartSeen::not_ended:
            return "did_not_end";
        case engine::StartSeen::not_run:
            break;
    }
    return "did_not_run";
}

Json store_json(const engine::StatusReport& report) {
    Json json = Json::object();
    json.set("path", json_bytes(report.store));
    json.set("because", report.store_because);
    json.set("probe", report.probe ? report.probe->to_json() : Json());
    return json;
}

Json snapshots_json(const engine::LayerStatus& layer) {
    Json not_here = Json::array();
    for (const std::string& one : layer.not_here) {
        not_here.add(printable(one));
    }
    Json json = Json::object();
    json.set("count", std::uint64_t{layer.snapshots})
        .set("here", printable(layer.here))
        .set("coming", printable(layer.coming))
        .set("progress", printable(layer.progress))
        .set("unsaved_packages", std::uint64_t{layer.unsaved})
        .set("packs_bytes", layer.packs_bytes)
        .set("limit_bytes", layer.limit_bytes)
        .set("not_here", std::move(not_here));
    return json;
}

Json sessions_json(const std::vector<store::LeaseSeen>& sessions) {
    Json list = Json::array();
    for (const store::LeaseSeen& seen : sessions) {
        Json json = Json::object();
        json.set("id", seen.lease.id);
        json.set("host", printable(seen.lease.host));
        json.set("home", json_bytes(seen.lease.home));
        json.set("started", seen.lease.started);
        json.set("state", name_of(seen.state));
        json.set("renewed_seconds_ago", std::int64_t{seen.age.count()});
        list.add(std::move(json));
    }
    return list;
}

}  // namespace

void add_status(Json& members, const engine::StatusReport& report, const AbsoluteOf& absolute) {
    members.set("platform", report.platform);
    members.set("home", json_bytes(report.home));
    members.set("store", store_json(report));
    members.set("start", name_of(report.start));
    members.set("start_line_ran_at", report.hook_ran_at);
    members.set("last_save_at", report.last_save_at);
    members.set("background",
                report.background ? Json::object().set("pid", report.background->pid) : Json());
    members.set("sessions", sessions_json(report.sessions));
    members.set("snapshots", snapshots_json(report.layer));
    members.set("repositories", json_of(report.copies));
    members.set("backups", json_of(report.backups));
    std::vector<std::string> folders;
    for (const store::Backup& aside : report.aside) {
        folders.push_back(aside.at);
    }
    members.set("aside", paths_json(folders));
    add_plan(members, report.plan, nullptr, absolute);
    members.set("problems", json_of(report.problems));
    members.set("timings", json_of(report.timings));
}

}  // namespace envkeep::cli
