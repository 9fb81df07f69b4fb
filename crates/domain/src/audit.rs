//! The actions that the audit log records.

use crate::named_enum;

named_enum! {
    /// Action, or attempted action, that the audit log records.
    AuditAction {
        /// A vehicle was registered.
        CreateVehicle = "vehicle.create",
        /// The data of a vehicle was changed, or several of its properties at once.
        UpdateVehicle = "vehicle.update",
        /// A vehicle was deleted.
        DeleteVehicle = "vehicle.delete",
        /// A deleted vehicle was restored.
        RestoreVehicle = "vehicle.restore",
        /// A vehicle was enabled.
        EnableVehicle = "vehicle.enable",
        /// A vehicle was disabled.
        DisableVehicle = "vehicle.disable",
        /// A user set the status of a vehicle.
        ChangeVehicleStatus = "vehicle.status",
        /// A vehicle was added to a group or removed from one.
        RegroupVehicle = "vehicle.groups",
        /// A group was created.
        CreateGroup = "group.create",
        /// A group was renamed.
        UpdateGroup = "group.update",
        /// A group was deleted.
        DeleteGroup = "group.delete",
        /// An organisation was created.
        CreateOrganization = "organization.create",
        /// An organisation was renamed.
        UpdateOrganization = "organization.update",
        /// An organisation was deleted.
        DeleteOrganization = "organization.delete",
        /// A user was created.
        CreateUser = "user.create",
        /// An administrator changed a user: the role, the password, or whether the user is enabled.
        UpdateUser = "user.update",
        /// A user was deleted.
        DeleteUser = "user.delete",
        /// A user was granted access.
        CreateGrant = "grant.create",
        /// A grant was withdrawn.
        DeleteGrant = "grant.delete",
        /// A user logged in.
        LogIn = "auth.login",
        /// An attempt to log in failed.
        FailToLogIn = "auth.loginFailed",
        /// A user logged out.
        LogOut = "auth.logout",
        /// A user changed their own password.
        ChangePassword = "auth.password",
        /// A session was ended from another session of its user, or because the user had too many sessions.
        RevokeSession = "auth.sessionRevoked",
        /// A refresh token was used twice, and its session was ended.
        ReuseRefreshToken = "auth.refreshReused",
        /// A server's log level was changed for a limited time.
        ChangeLogLevel = "logs.level",
        /// Dead letters were judged again, and published again if they were accepted.
        ReplayDeadLetters = "deadLetter.replay",
        /// Dead letters were removed.
        DropDeadLetters = "deadLetter.drop",
        /// A caller attempted an operation that the caller's rights do not allow.
        RefuseAccess = "access.refused",
    }
}
