//! What is written down of what people do.

use crate::named_enum;

named_enum! {
    /// What somebody did, or tried to do.
    AuditAction {
        /// A vehicle was registered.
        CreateVehicle = "vehicle.create",
        /// What is known of a vehicle was changed.
        UpdateVehicle = "vehicle.update",
        /// A vehicle was deleted.
        DeleteVehicle = "vehicle.delete",
        /// The deletion of a vehicle was taken back.
        RestoreVehicle = "vehicle.restore",
        /// A vehicle was opened.
        EnableVehicle = "vehicle.enable",
        /// A vehicle was closed.
        DisableVehicle = "vehicle.disable",
        /// A vehicle's status was set by a person.
        ChangeVehicleStatus = "vehicle.status",
        /// A vehicle came into a group, or left one.
        RegroupVehicle = "vehicle.groups",
        /// A group was made.
        CreateGroup = "group.create",
        /// A group was renamed.
        UpdateGroup = "group.update",
        /// A group was deleted.
        DeleteGroup = "group.delete",
        /// An organisation was made.
        CreateOrganization = "organization.create",
        /// An organisation was renamed.
        UpdateOrganization = "organization.update",
        /// An organisation was deleted.
        DeleteOrganization = "organization.delete",
        /// A user was made.
        CreateUser = "user.create",
        /// A user was changed: its role, whether it may log in, or its password by an administrator.
        UpdateUser = "user.update",
        /// A user was deleted.
        DeleteUser = "user.delete",
        /// A user was given something to see.
        CreateGrant = "grant.create",
        /// That was taken away.
        DeleteGrant = "grant.delete",
        /// Somebody logged in.
        LogIn = "auth.login",
        /// Somebody tried to log in, and could not.
        FailToLogIn = "auth.loginFailed",
        /// Somebody logged out.
        LogOut = "auth.logout",
        /// Somebody changed its own password.
        ChangePassword = "auth.password",
        /// A session was ended by its owner from elsewhere.
        RevokeSession = "auth.sessionRevoked",
        /// A refresh token was used twice: its session was ended.
        ReuseRefreshToken = "auth.refreshReused",
        /// Somebody wanted to do what its role does not allow.
        RefuseAccess = "access.refused",
    }
}
