// SPDX-License-Identifier: MIT
#include "cli/document.hpp"

#include "cli/exit_code.hpp"
#include "cli/render_json.hpp"
#include "envkeep/core/version.hpp"

namespace envkeep::cli {
namespace {

Json head_of(std::string_view command, engine::Ending ending) {
    Json document = Json::object();
    document.set("envkeep", version());
    document.set("command", command);
    document.set("exit", exit_code(ending));
    return document;
}

}  // namespace

Json document_of(std::string_view command, const Reply& reply) {
    Json document = head_of(command, reply.ending);
    document.set("findings", json_of(reply.findings));
    for (const Json::Member& member : *reply.members.as_object()) {
        document.set(member.first, member.second);
    }
    return document;
}

Json document_of(std::string_view command, const Error& error) {
    return document_of(command, error, ending_of(error.kind));
}

Json document_of(std::string_view command, const Error& error, engine::Ending ending) {
    Json document = head_of(command, ending);
    document.set("findings", Json::array());
    document.set("error", json_of(error));
    return document;
}

}  // namespace envkeep::cli
